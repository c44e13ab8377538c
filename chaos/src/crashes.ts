import { setTimeout as pause } from 'node:timers/promises';
import { act } from './actions.ts';
import type { Organization } from './organization.ts';
import type { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';
import type { Stage } from './stage.ts';

/** Called again and again with the ms since the trouble began: does its part when its time has come. */
type Crash = (stage: Stage, organization: Organization, elapsedMs: number) => Promise<void>;

/** When processes are killed and frozen; counted in `kinds` as they are. */
export function crashes(
  random: Random,
  lengthMs: number,
  kinds: Record<string, number>,
): readonly Crash[] {
  const count = (kind: string): void => {
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  };
  const moments = (counts: readonly number[]): number[] =>
    Array.from({ length: random.pick(counts) }, () => random.next() * lengthMs * 0.8);
  return [
    ...moments([0, 1, 1]).map((at) =>
      once(at, async (stage) => killAndRestart(stage, random, count)),
    ),
    ...moments([0, 1, 2]).map((at) =>
      once(at, async (stage, organization) => freezeAndThaw(stage, organization, random, count)),
    ),
  ];
}

function once(
  atMs: number,
  crash: (stage: Stage, organization: Organization) => Promise<void>,
): Crash {
  let done = false;
  return async (stage, organization, elapsedMs) => {
    if (done || elapsedMs < atMs) return;
    done = true;
    await crash(stage, organization);
  };
}

type Count = (kind: string) => void;

/** Dead for seconds or minutes, as after a crash or an update that goes wrong. */
async function killAndRestart(stage: Stage, random: Random, count: Count): Promise<void> {
  const victim = random.pick(stage.processes);
  await pause(random.integer(0, 40));
  await stage.kill(victim);
  count('kill');
  for (let ticks = random.integer(0, 6); ticks > 0; ticks -= 1) await stage.tick(5_000);
  await stage.restart(victim);
}

/** Stopped for longer than the lease lasts; what it was about to do it does afterwards. */
async function freezeAndThaw(
  stage: Stage,
  organization: Organization,
  random: Random,
  count: Count,
): Promise<void> {
  const victim = random.pick(stage.processes);
  if (random.chance(0.8)) await freezeAtWork(stage, organization, random, victim);
  else stage.freeze(victim);
  count('freeze');
  const before = await epochs(stage);
  const seconds = random.chance(0.7) ? random.integer(8, 60) : random.integer(200, 900);
  for (let passed = 0, step = 5; passed < seconds; passed += step, step *= 1.5)
    await stage.tick(step * 1_000);
  if ((await epochs(stage)) > before) count('staleLease');
  stage.thaw(victim);
  await pause(random.integer(5, 40));
}

/** Freezes it while requests to Apple are planned and not all sent: there a stale lease does harm. */
async function freezeAtWork(
  stage: Stage,
  organization: Organization,
  random: Random,
  victim: ServerProcess,
): Promise<void> {
  const { database } = stage;
  await act(stage, organization, random);
  const late = new AbortController();
  const watching = (async () => {
    while (!late.signal.aborted) {
      const { rows } = await database.query<{ planned: boolean }>(
        `select exists (select from associations.apple_request where state = 'planned') as planned`,
      );
      if (rows[0]?.planned) break;
    }
    stage.freeze(victim);
  })();
  for (let tries = 0; tries < 12 && victim.state === 'running'; tries += 1) {
    if (victim.state === 'running') await stage.tick(1_500);
  }
  late.abort();
  await watching;
}

async function epochs({ database }: Stage): Promise<number> {
  const { rows } = await database.query<{ sum: string }>(
    'select coalesce(sum(epoch), 0) as sum from associations.lease',
  );
  return Number(rows[0]?.sum);
}
