import { setTimeout as pause } from 'node:timers/promises';
import { act, begin } from './actions.ts';
import { crashes } from './crashes.ts';
import { demandOf, inspect, refusedByDatabase, requestsOf } from './database.ts';
import { struckKinds, switchFaultsOn } from './faults.ts';
import type { Ground } from './ground.ts';
import { Journal } from './journal.ts';
import { Judge, type Violation } from './judge.ts';
import { DeviceJudge } from './device-judge.ts';
import { compareFleet } from './fleet-verdict.ts';
import { attend, endFaults } from './mend.ts';
import { foundOrganization } from './founding.ts';
import type { Organization } from './organization.ts';
import { learnClientUserIds } from './owners.ts';
import { Random } from './random.ts';
import { type Stage, openStage } from './stage.ts';
import { compareRevoked, sentAfterDeletion } from './token-verdict.ts';
import { UserJudge } from './user-judge.ts';
import { compareUsers } from './user-verdict.ts';
import { compare } from './verdict.ts';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** How often each kind of fault acted. */
  readonly kinds: Readonly<Record<string, number>>;
  /** What a violation is to be understood by. */
  readonly evidence: {
    readonly journal: Journal;
    readonly log: readonly string[];
    readonly requests: readonly string[];
    readonly demand: readonly string[];
    readonly organization: Organization | undefined;
  };
}

const minuteMs = 60_000;
/** Simulated time in which things go wrong. */
const troubleMs = 8 * minuteMs;

/** Plays the schedule of a seed from its beginning to the end. */
export async function play(ground: Ground, seed: number): Promise<Outcome> {
  const random = new Random(seed);
  await using stage = await openStage(ground, {
    seed,
    processes: random.chance(0.6) ? 2 : 1,
  });
  const journal = new Journal(stage.apple);
  const judge = new Judge();
  const userJudge = new UserJudge();
  let deviceJudge: DeviceJudge | undefined;
  const watch = async (): Promise<void> => {
    const lines = await journal.read();
    if (organization !== undefined) await learnClientUserIds(stage.database, organization);
    judge.watch(lines);
    userJudge.watch(lines);
    deviceJudge?.watch(lines);
  };
  const found: Violation[] = [];
  const kinds: Record<string, number> = {};
  let organization: Organization | undefined;
  try {
    organization = await foundOrganization(stage, random);
    deviceJudge = new DeviceJudge(organization);
    await watch();
    judge.begin();
    await trouble(stage, organization, random, kinds, async () => {
      await watch();
      found.push(...(await inspect(stage.database)));
      if (organization !== undefined && stage.processes[0]?.state === 'running')
        found.push(...(await compareRevoked(stage, organization, judge.late)));
    });
    Object.assign(kinds, await struckKinds(stage));
    await endFaults(stage, organization);
    found.push(...(await calmDown(stage, organization, judge, watch)));
    await watch();
    found.push(...(await sentAfterDeletion(stage, organization)));
    found.push(...(await inspect(stage.database)));
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    found.push({ rule: 'scheduleBroke', detail });
  }
  const log = stage.processes.flatMap((process) => process.log);
  return {
    seed,
    violations: [
      ...judge.violations,
      ...userJudge.violations,
      ...(deviceJudge?.violations ?? []),
      ...found,
      ...refusedByDatabase(log),
    ],
    kinds,
    evidence: {
      journal,
      log,
      organization,
      requests: await requestsOf(stage.database),
      demand: await demandOf(stage.database),
    },
  };
}

/** An administrator at work while things go wrong. */
async function trouble(
  stage: Stage,
  organization: Organization,
  random: Random,
  kinds: Record<string, number>,
  look: () => Promise<void>,
): Promise<void> {
  await switchFaultsOn(stage, organization, random, troubleMs / 1_000);
  await begin(stage, organization, random);
  const planned = crashes(random, troubleMs, kinds);
  const end = stage.elapsed + troubleMs;
  const begun = stage.elapsed;
  while (stage.elapsed < end) {
    if (stage.processes[0]?.state === 'running' && random.chance(0.35)) {
      const burst = random.chance(0.25) ? random.integer(2, 4) : 1;
      for (let i = 0; i < burst; i += 1) await act(stage, organization, random);
    }
    await pause(random.integer(0, 10));
    for (const crash of planned) await crash(stage, organization, stage.elapsed - begun);
    await stage.tick(
      random.chance(0.1) ? random.integer(20, 90) * 1_000 : random.pick([4_000, 8_000, 12_000]),
    );
    if (random.chance(0.2)) await look();
  }
}

/** How time passes once all is well: first in small steps, then hours. Retries and schedules wait up to half a day. */
const calm: readonly (readonly [ticks: number, ms: number])[] = [
  [8, 5_000],
  [40, 30_000],
  [48, 5 * minuteMs],
  [60, 30 * minuteMs],
];
const ticksBetweenLooks = 8;
const longestMomentMs = 30_000;
const momentMs = 5_000;

/** Lets time pass until everything is as wanted. @returns what is not, when more time will not help */
async function calmDown(
  stage: Stage,
  organization: Organization,
  judge: Judge,
  watch: () => Promise<void>,
): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  let wrong: readonly Violation[] = [];
  for (const [ticks, ms] of calm) {
    for (let tick = 1; tick <= ticks; tick += 1) {
      await stage.tick(ms);
      // A long step ends every lease: what it made due is done in the moments after it.
      if (ms > longestMomentMs) for (let i = 0; i < 2; i += 1) await stage.tick(momentMs);
      if (tick % ticksBetweenLooks !== 0) continue;
      found.push(...(await compareRevoked(stage, organization, judge.late)));
      await attend(stage, organization);
      await watch();
      wrong = [
        ...(await compare(stage, organization, judge.late)),
        ...(await compareFleet(stage, organization)),
        ...(await compareUsers(stage, organization)),
      ];
      if (wrong.length === 0) return found;
    }
  }
  return [...found, ...wrong];
}
