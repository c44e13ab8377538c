import { once } from 'node:events';
import type { Scene } from './scene.ts';

interface Stage {
  readonly url: string;
  readonly folder: string;
  readonly simulatorUrl: string;
}

/** Tells where everything is and keeps the stage open until somebody presses Ctrl-C. */
export async function live({ say }: Scene, stage: Stage, signal: AbortSignal): Promise<void> {
  const lines = [
    '',
    `  Console        ${stage.url}`,
    '  Sign in as     admin / correct horse battery staple',
    `  Apple in a box ${stage.simulatorUrl}/_control/docs`,
    `  Trust this CA  ${stage.folder}/ca.pem (made for this run; or accept the browser's warning)`,
    '',
    '  Ctrl-C ends it and removes everything.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!signal.aborted) await once(signal, 'abort');
  say('ending');
}
