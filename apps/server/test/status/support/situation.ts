import * as fc from 'fast-check';
import { sql } from 'kysely';
import type { Context } from '../../../src/context.ts';
import { taskStates } from '../../../src/status/facts.ts';
import { TestOrganization } from '../../support/organization.ts';

export const deviceCount = 5;
export const appCount = 2;
/** When all of it came to be. */
export const at = new Date('2026-01-01T00:00:00Z');
/** Devices 0 to 2 are this person's: the license of a person serves them. */
const devicesOfPerson = [0, 1, 2];

const license = fc
  .record({
    wanted: fc.boolean(),
    seat: fc.constantFrom('none', 'granted', 'held', 'found'),
    failure: fc.option(fc.constantFrom(9609, 9709), { nil: null }),
    priority: fc.nat(2),
    requested: fc.boolean(),
    covered: fc.boolean(),
  })
  .map(({ seat, ...more }) => ({
    ...more,
    granted: seat === 'granted' || seat === 'held',
    held: seat === 'held',
    // Apple's word counts where somebody wants the pair; else it is no demand of ours.
    found: seat === 'found' && more.wanted,
    // Only who would else stand in line.
    covered: more.covered && more.wanted && seat === 'none',
  }));
const taskState = fc.option(fc.constantFrom(...taskStates), { nil: null });

const onDevice = fc.record({
  /** Whose license the device goes by, if by any. */
  by: fc.constantFrom('device', 'person', 'nothing'),
  license,
  placed: fc.constantFrom('served', 'leaving', 'refused'),
  taskState,
});

/** What the tables may hold of some apps on some devices. */
export const anySituation = fc.record({
  paused: fc.boolean(),
  apps: fc.array(
    fc.record({
      spare: fc.option(fc.nat(3), { nil: null }),
      foreign: fc.nat(2),
      ofPerson: license,
      devices: fc.array(onDevice, { minLength: deviceCount, maxLength: deviceCount }),
    }),
    { minLength: appCount, maxLength: appCount },
  ),
});
export type Situation = typeof anySituation extends fc.Arbitrary<infer T> ? T : never;
export type AppSituation = Situation['apps'][number];
export type License = AppSituation['ofPerson'];

export const isPersons = (device: number, by: string): boolean =>
  by === 'person' && devicesOfPerson.includes(device);

/** The licenses there are: of devices by their number, and of the person. */
export function licensesOf(app: AppSituation): ReadonlyMap<number | 'person', License> {
  const licenses = new Map<number | 'person', License>();
  for (const [number, device] of app.devices.entries())
    if (device.by === 'device') licenses.set(number, device.license);
  if (app.devices.some((device, number) => isPersons(number, device.by)))
    licenses.set('person', app.ofPerson);
  return licenses;
}

const takenOf = (app: AppSituation): number =>
  [...licensesOf(app).values()].filter(({ granted }) => granted).length;

/** Licenses owned; null: unlimited. */
export const ownedOf = (app: AppSituation): number | null =>
  app.spare === null ? null : takenOf(app) + app.foreign + app.spare;

/** The situation as it stands in the database. */
export interface Built {
  readonly uid: string;
  readonly apps: readonly { readonly appId: string; readonly assetId: number }[];
  readonly deviceIds: readonly string[];
}

export async function build(context: Context, uid: string, situation: Situation): Promise<Built> {
  const organization = new TestOrganization(context);
  const location = { uid, ...(await organization.location(uid)) };
  if (situation.paused)
    await context.db
      .updateTable('library.location')
      .set({ pausedAt: at })
      .where('uid', '=', uid)
      .execute();
  const personId = await organization.person(uid);
  const devices: { deviceId: string; serialNumber: string }[] = [];
  for (let number = 0; number < deviceCount; number += 1)
    devices.push(
      await organization.device(
        `${uid}D${number}`,
        devicesOfPerson.includes(number) ? { personId } : {},
      ),
    );
  const holderOf = await holders(context, uid, devices, personId);
  const apps: Built['apps'][number][] = [];
  for (const app of situation.apps) {
    const owned = ownedOf(app);
    const made = await organization.app(location, owned ?? undefined);
    await context.db
      .insertInto('grants.stock')
      .values({ assetId: made.assetId, total: owned, foreignHeld: app.foreign })
      .execute();
    await addPairs(context, made, app, devices, holderOf);
    apps.push(made);
  }
  return { uid, apps, deviceIds: devices.map(({ deviceId }) => deviceId) };
}

async function holders(
  context: Context,
  uid: string,
  devices: readonly { readonly serialNumber: string }[],
  personId: string,
): Promise<(whose: number | 'person') => number> {
  const { rows } = await sql<{ id: number; key: string }>`
    insert into library.holder (kind, key, person_id)
    select 'device', key, null from unnest(${devices.map((one) => one.serialNumber)}::text[]) as d (key)
    union all select 'person', ${uid}, ${personId}::uuid
    returning id, key`.execute(context.db);
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  return (whose) => ids.get(whose === 'person' ? uid : `${uid}D${whose}`) ?? 0;
}

/** A removal that failed is kept as one with an error. */
const taskIn = (state: (typeof taskStates)[number]) =>
  state === 'removalFailed' ? { state: 'removing', errorCode: -1 } : { state, errorCode: null };

async function addPairs(
  { db }: Context,
  { appId, assetId, adamId }: { appId: string; assetId: number; adamId: string },
  app: AppSituation,
  devices: readonly { readonly deviceId: string }[],
  holderOf: (whose: number | 'person') => number,
): Promise<void> {
  const licenses = [...licensesOf(app)].map(([whose, { requested, covered, ...demand }]) => ({
    demand: {
      assetId,
      holderId: holderOf(whose),
      appId,
      ...demand,
      coveredBy: covered ? assetId : null,
      since: at,
      changedAt: at,
    },
    requested,
  }));
  const changes = licenses
    .filter(({ requested }) => requested)
    .map(({ demand: { holderId } }) => ({
      assetId,
      holderId,
      op: 'associate',
      requestId: 1,
      notBefore: at,
      createdAt: at,
    }));
  const installs = app.devices.map(({ by, placed, taskState: state }, number) => {
    const persons = isPersons(number, by);
    const holderId = holderOf(persons ? 'person' : number);
    const deviceId = devices[number]?.deviceId ?? '';
    return { pair: { assetId, holderId, deviceId, appId }, persons, placed, state };
  });
  const placements = installs
    .filter(({ persons }) => persons)
    .map(({ pair, placed }) => ({
      ...pair,
      leaving: placed === 'leaving',
      refused: placed === 'refused' ? 'deviceLimit' : null,
    }));
  const bundleId = `org.example.app${adamId}`;
  const tasks = installs.flatMap(({ pair, state }) =>
    state === null ? [] : [{ ...pair, bundleId, ...taskIn(state), changedAt: at }],
  );
  if (licenses.length > 0)
    await db
      .insertInto('grants.demand')
      .values(licenses.map(({ demand }) => demand))
      .execute();
  if (changes.length > 0) await db.insertInto('grants.openChange').values(changes).execute();
  if (placements.length > 0) await db.insertInto('grants.placement').values(placements).execute();
  if (tasks.length > 0) await db.insertInto('delivery.task').values(tasks).execute();
}
