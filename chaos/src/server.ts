import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { FileClock } from './clock-file.ts';
import { breakSource } from './mutants.ts';
import { Random } from './random.ts';

/** Real time that the server waits for an answer of Apple's: slow answers must not slow the schedules. */
const appleTimeoutMs = 1_000;
/** Simulated time between two polls: seldom enough that polling costs less than what it finds. */
const pollMs = 8_000;

/*
 * The real server, in a process that can be killed and frozen. Its parent sends the environment to serve with, and
 * `close` for the end of a schedule; it answers `serving` and `closed`. Time is the file CHAOS_CLOCK, chance comes from
 * CHAOS_SEED; CHAOS_MUTANT, in the process's own environment, names what of the source is broken on purpose.
 */
const { CHAOS_MUTANT: mutant } = process.env;
if (mutant !== undefined) breakSource(mutant);
const { deriveConfig } = await import('../../apps/server/src/config/config.ts');
const { readEnv } = await import('../../apps/server/src/config/env.ts');
const { startServer } = await import('../../apps/server/src/server.ts');

type Env = Readonly<Record<string, string>>;

let close = async (): Promise<void> => undefined;

async function serve(given: Env): Promise<void> {
  const env = readEnv(given);
  const config = deriveConfig(env, process.cwd());
  const random = new Random(Number(given['CHAOS_SEED']));
  const clock = new FileClock(given['CHAOS_CLOCK'] ?? '');
  const server = await startServer(
    { ...config, pollMs, apple: { ...config.apple, timeoutMs: appleTimeoutMs } },
    { clock, random: () => random.next(), secretKey: env.secretKey },
  );
  close = async () => {
    await server.close();
    clock.close();
  };
}

// Nobody is left who could end it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

let compiledKept = false;

process.on('message', (message: Env | 'close') => {
  void (async () => {
    if (message === 'close') {
      await close();
      process.send?.('closed');
      return;
    }
    await serve(message);
    // It ends by SIGKILL: what was compiled is kept for the next process now or never.
    if (!compiledKept) flushCompileCache();
    compiledKept = true;
    process.send?.('serving');
  })();
});
