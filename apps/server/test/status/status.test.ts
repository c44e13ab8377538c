import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installStates } from '../../src/status/facts.ts';
import { appSummaries, deviceStatuses, locationOverview } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import {
  type AppSituation,
  type Built,
  type License,
  type Situation,
  anySituation,
  appCount,
  at,
  build,
  deviceCount,
  isPersons,
  licensesOf,
  ownedOf,
} from './support/situation.ts';

let test: TestContext;
let run = 0;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

interface Shown {
  readonly app: number;
  readonly device: number;
  readonly state: string;
  readonly license: string;
  readonly position: number | null;
}

/** The words for a license, one after the other. */
function licenseWord(license: License): string {
  const { wanted, granted, held, found, failure, requested, covered } = license;
  if (found) return 'found';
  if (!wanted) return granted ? 'returning' : 'none';
  if (held) return 'held';
  if (granted) return requested ? 'requested' : 'granted';
  if (covered) return 'covered';
  // 9709: Apple has none left, as for everybody else in line.
  return failure === null || failure === 9709 ? 'waiting' : 'failed';
}

/** What the device itself said goes first, then what it lacks, then what is under way. */
function stateWord(license: string, wanted: boolean, task: string | null): string {
  if (task === 'installed' || task === 'removing') return 'installed';
  if (task === 'removalFailed') return 'uninstallFailed';
  if (license === 'waiting' || license === 'failed') return 'failed';
  if (task === 'failed') return 'failed';
  if (task === 'notApplicable') return 'notApplicable';
  if (task === 'removed') return 'notInstalled';
  if (task !== null) return 'pendingInstall';
  return wanted && license !== 'none' && license !== 'covered' ? 'pendingInstall' : 'notInstalled';
}

/** Place in line by counting who stands before: higher priority, or the same and earlier. */
function placeOf(app: AppSituation, whose: number | 'person'): number | null {
  const line = [...licensesOf(app)].filter(
    ([, { wanted, granted, found, covered }]) => wanted && !granted && !found && !covered,
  );
  const index = line.findIndex(([one]) => one === whose);
  if (index < 0) return null;
  const mine = line[index]?.[1].priority ?? 0;
  return (
    1 +
    line.filter(
      ([, { priority }], other) => priority > mine || (priority === mine && other < index),
    ).length
  );
}

/** What is to be shown of an app, device by device. */
function shownOf(app: AppSituation, number: number): readonly Shown[] {
  return app.devices.flatMap((one, device) => {
    const whose = isPersons(device, one.by) ? 'person' : device;
    const license = licensesOf(app).get(whose);
    if (license === undefined) return [];
    const serves = whose === device || one.placed === 'served';
    const word = serves ? licenseWord(license) : 'none';
    const state = stateWord(word, license.wanted && serves, one.taskState);
    const position = serves ? placeOf(app, whose) : null;
    return [{ app: number, device, state, license: word, position }];
  });
}

type Query = Parameters<typeof deviceStatuses>[1];

/** Every list of devices that can be asked for: of each app, a page of it, by state; and of each device. */
async function seenLists({ apps, deviceIds }: Built): Promise<object> {
  const list = async (query: Query): Promise<readonly Shown[]> => {
    const { value } = await deviceStatuses(test.context.db, query);
    return value.map(({ appId, deviceId, installState, license }) => ({
      app: apps.findIndex((one) => one.appId === appId),
      device: deviceIds.indexOf(deviceId),
      state: installState,
      license: license.state,
      position: license.position,
    }));
  };
  return {
    ofApps: await Promise.all(apps.map(async ({ appId }) => list({ appId }))),
    pages: await Promise.all(apps.map(async ({ appId }) => list({ appId, top: 2, skip: 1 }))),
    byState: await Promise.all(
      apps.flatMap(({ appId }) =>
        installStates.map(async (installState) => list({ appId, installState })),
      ),
    ),
    ofDevices: await Promise.all(
      deviceIds.map(async (deviceId) =>
        (await list({ deviceId })).toSorted((a, b) => a.app - b.app),
      ),
    ),
  };
}

function trueLists({ apps }: Situation): object {
  const ofApps = apps.map(shownOf);
  return {
    ofApps,
    pages: ofApps.map((shown) => shown.slice(1, 3)),
    byState: ofApps.flatMap((shown) =>
      installStates.map((wanted) => shown.filter(({ state }) => state === wanted)),
    ),
    ofDevices: Array.from({ length: deviceCount }, (_, number) =>
      ofApps.flatMap((shown) => shown.filter(({ device }) => device === number)),
    ),
  };
}

function trueCounts(app: AppSituation, number: number): object {
  const licenses = [...licensesOf(app).values()].map(licenseWord);
  const licensesThatAre = (...words: readonly string[]): number =>
    licenses.filter((word) => words.includes(word)).length;
  const devicesThatAre = (word: string): number =>
    shownOf(app, number).filter(({ state }) => state === word).length;
  return {
    owned: ownedOf(app),
    available: app.spare,
    foreign: app.foreign,
    held: licensesThatAre('held'),
    found: licensesThatAre('found'),
    changing: licensesThatAre('granted', 'requested', 'returning'),
    waiting: licensesThatAre('waiting', 'failed'),
    installed: devicesThatAre('installed'),
    failed: devicesThatAre('failed'),
    pending: devicesThatAre('pendingInstall'),
    removalFailed: devicesThatAre('uninstallFailed'),
  };
}

function trueOverview({ paused, apps }: Situation): object {
  const licenses = apps.flatMap((app) => [...licensesOf(app).values()].map(licenseWord));
  return {
    apps: appCount,
    pausedAt: paused ? at : null,
    ownedLicenses: apps.reduce((sum, app) => sum + (ownedOf(app) ?? 0), 0),
    heldLicenses: licenses.filter((word) => word === 'held').length,
    waitingLicenses: licenses.filter((word) => word === 'waiting' || word === 'failed').length,
  };
}

describe('status', () => {
  it('of each device, and the counts, are what somebody would say who counts by hand', async () => {
    const { db } = test.context;
    await fc.assert(
      fc.asyncProperty(anySituation, async (situation) => {
        run += 1;
        const built = await build(test.context, `SITUATION${run}`, situation);
        expect(await seenLists(built)).toEqual(trueLists(situation));
        const ids = built.apps.map(({ appId }) => appId);
        const { value } = await appSummaries(db, { ids });
        expect(ids.map((id) => value.find((one) => one.id === id))).toMatchObject(
          situation.apps.map(trueCounts),
        );
        const locations = await locationOverview(db);
        expect(locations.find(({ uid }) => uid === built.uid)).toMatchObject(
          trueOverview(situation),
        );
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
