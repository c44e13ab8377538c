import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import { Apple } from './apple.ts';

/** Where everything is. */
export interface Stage {
  /** The console. */
  readonly url: string;
  /** The link of the first start, with its secret. */
  readonly firstStartUrl: string;
  /** Apple in a box. */
  readonly appleUrl: string;
}

const program = fileURLToPath(new URL('stage-program.ts', import.meta.url));
const variable = 'ALLOTMENT_E2E_STAGE';

/** Starts the server and Apple in processes of their own, once for the run; answers how to end them. */
export async function startStage(): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  process.env[variable] = await firstLine(child.stdout);
  return async () => {
    if (child.kill('SIGTERM')) await exited;
  };
}

/** Where the stage is that was started for this run. */
export function stageOfRun(): Stage {
  return JSON.parse(process.env[variable] ?? '') as Stage;
}

/** Tests that know where the server is and can press Apple's buttons. */
export const test = base.extend<{ stage: Stage; apple: Apple }>({
  stage: async ({}, use) => {
    await use(stageOfRun());
  },
  apple: async ({ stage, playwright }, use) => {
    const request = await playwright.request.newContext({
      baseURL: stage.appleUrl,
      ignoreHTTPSErrors: true,
    });
    await use(new Apple(request));
    await request.dispose();
  },
});

async function firstLine(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) return line;
  throw new Error('The stage ended before it was set.');
}
