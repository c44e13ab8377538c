import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('server.ts', import.meta.url));
/** Real time in which a server must have ended what it was doing. */
const closeMs = 3_000;
const wordsKept = 5;

export type ServerEnv = Readonly<Record<string, string>>;

/** A Node process with the server's source in it, that serves one schedule after the other until it is killed. */
class Host {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #say: (line: string) => void = () => undefined;

  constructor(env: ServerEnv) {
    this.#child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#say(line));
  }

  /** Resolves when it serves. @throws Error when it ends before */
  async serve(env: ServerEnv, say: (line: string) => void): Promise<void> {
    this.#say = say;
    this.#child.send(env);
    const served = once(this.#child, 'message').then(() => true);
    const ended = this.#ended.then(() => false);
    if (!(await Promise.race([served, ended]))) throw new Error('The server did not start.');
  }

  /** @returns whether it can serve again; if not, it is gone */
  async close(): Promise<boolean> {
    this.#child.send('close');
    const closed = once(this.#child, 'message').then(() => true);
    if (await Promise.race([closed, pause(closeMs, false, { ref: false })])) return true;
    await this.kill();
    return false;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** Processes that are between two schedules: to load the source anew for each would take longer than to play it. */
export class Hosts implements AsyncDisposable {
  readonly #env: ServerEnv;
  readonly #idle: Host[] = [];

  /** @param env of the processes themselves */
  constructor(env: ServerEnv) {
    this.#env = env;
  }

  take(): Host {
    return this.#idle.pop() ?? new Host(this.#env);
  }

  give(host: Host): void {
    this.#idle.push(host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(async (host) => host.kill()));
  }
}

/** One process of a schedule's server. What it was doing when it was killed, the next one finds in the database. */
export class ServerProcess {
  /** What it wrote, over all its lives. */
  readonly log: string[] = [];
  readonly #hosts: Hosts;
  readonly #env: ServerEnv;
  #host: Host | undefined;
  #frozen = false;

  constructor(hosts: Hosts, env: ServerEnv) {
    this.#hosts = hosts;
    this.#env = env;
  }

  get state(): 'running' | 'frozen' | 'down' {
    if (this.#host === undefined) return 'down';
    return this.#frozen ? 'frozen' : 'running';
  }

  /** Resolves when it serves. @throws Error with its last words when it ends before */
  async start(): Promise<void> {
    const host = this.#hosts.take();
    try {
      await host.serve(this.#env, (line) => this.log.push(line));
    } catch (error) {
      throw new Error(this.log.slice(-wordsKept).join('\n'), { cause: error });
    }
    this.#host = host;
  }

  /** Ends the schedule for it, in good order where it can. */
  async close(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.thaw();
    this.#host = undefined;
    if (await host.close()) this.#hosts.give(host);
  }

  async kill(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#frozen = false;
    await host?.kill();
  }

  freeze(): void {
    this.#host?.signal('SIGSTOP');
    this.#frozen = true;
  }

  thaw(): void {
    this.#host?.signal('SIGCONT');
    this.#frozen = false;
  }
}
