import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The arguments and the environment with which `npm start` runs Node: settings (NAME=value), node, arguments. */
function startCommand(): { args: readonly string[]; env: NodeJS.ProcessEnv } {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: { start: string } };
  const words = scripts.start.split(' ');
  const node = words.indexOf('node');
  return {
    args: words.slice(node + 1),
    env: Object.fromEntries(words.slice(0, node).map((setting) => setting.split('='))),
  };
}

/** Allotment as its own process, as an operator starts it; it can be killed and started again. */
export class ServerProcess {
  readonly #env: NodeJS.ProcessEnv;
  readonly #show: (line: string) => void;
  #child: ChildProcess | undefined;
  #signInSecret: string | undefined;

  /** @param show receives each line the server prints */
  constructor(env: Readonly<Record<string, string>>, show: (line: string) => void) {
    this.#env = { ...process.env, ...env };
    this.#show = show;
  }

  /** The secret of the first-start link, once printed. */
  get signInSecret(): string | undefined {
    return this.#signInSecret;
  }

  start(): void {
    const { args, env } = startCommand();
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const link = /#sign-in=([\w-]+)/.exec(line);
        if (link?.[1] !== undefined) this.#signInSecret = link[1];
        this.#show(line);
      });
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return (
      this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
    );
  }

  /** Ends it without a chance to tidy up, and starts it again. */
  async killAndRestart(): Promise<void> {
    await this.#end('SIGKILL');
    this.start();
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.running) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}
