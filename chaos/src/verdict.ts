import { type Assigned, keyOf, readAssigned, readTotals } from './at-apple.ts';
import type { Violation } from './judge.ts';
import type { App, Device, LicenseType, Organization } from './organization.ts';
import type { Stage } from './stage.ts';
import { readOperations, readTokens } from './tokens.ts';
import { claimOf } from './wishes.ts';

interface Shown {
  readonly serialNumber: string;
  readonly license: { readonly state: string };
  readonly reason: { readonly cause: string; readonly next: string } | null;
}

/** One app, now that nothing goes wrong any more. */
interface Scene {
  readonly app: App;
  readonly organization: Organization;
  /** By asset, then by holder. */
  readonly atApple: ReadonlyMap<string, ReadonlyMap<string, Assigned>>;
  readonly held: ReadonlyMap<string, Assigned>;
  readonly free: number;
  /** What the server shows of each device: a row a license that is meant for it. */
  readonly shown: ReadonlyMap<string, readonly Shown[]>;
  readonly late: ReadonlySet<string>;
  readonly stopped: ReadonlySet<string>;
}

/**
 * Compares what is wanted with what Apple has and what the server says, now that nothing goes wrong any more.
 *
 * @param late pairs that Apple assigned for us after all patience: they may stay where nobody wants them any more
 * @returns what is not as it should be; more time may still mend it
 */
export async function compare(
  stage: Stage,
  organization: Organization,
  late: ReadonlySet<string>,
): Promise<readonly Violation[]> {
  const atApple = await readAssigned(stage, organization.locations);
  const totals = await readTotals(stage);
  const stopped = await readStopped(stage);
  const found = await unfinished(stage, organization);
  for (const app of organization.apps.filter(({ deleted }) => !deleted)) {
    const key = keyOf(app);
    const held = atApple.get(key) ?? new Map<string, Assigned>();
    const free = (totals.get(key) ?? Number.POSITIVE_INFINITY) - held.size;
    const shown = Map.groupBy(await readShown(stage, app), (row) => row.serialNumber);
    const scene = { app, organization, atApple, held, free, shown, late, stopped };
    found.push(...notReturned(scene));
    for (const device of organization.devices)
      found.push(...(await compareDevice(stage, scene, device)));
  }
  return found;
}

/** Operations on a whole location that have not come to their end. */
async function unfinished(stage: Stage, { apps }: Organization): Promise<Violation[]> {
  const closed = (await readTokens(stage)).filter(({ location }) => location.closed !== null);
  const operations = JSON.stringify([...(await readOperations(stage)).values()]);
  return [
    ...closed.map(({ locationUid }) => ({
      rule: 'stillClosed',
      pair: locationUid,
      detail: operations,
    })),
    ...apps
      .filter(({ deleted }) => deleted)
      .map((app) => ({ rule: 'stillDeleted', pair: keyOf(app), detail: operations })),
  ];
}

/** Licenses of ours that nobody is to have; those of a token that was deleted stay until they are wanted anew. */
function notReturned({ app, organization, held, late, shown }: Scene): readonly Violation[] {
  const needed = new Set(
    organization.devices.flatMap((device) => {
      const claim = claimOf(app, device, organization);
      if (claim === undefined) return [];
      const { serialNumber } = device;
      // The license of the owner serves until the device's own is there; a device that has its own keeps it.
      const own = held.get(serialNumber);
      const isOurs = own?.eventId !== undefined && !late.has(`${keyOf(app)} ${serialNumber}`);
      return isOurs || (own !== undefined && claim === 'device')
        ? [serialNumber]
        : [serialNumber, userIdOf(device, organization)];
    }),
  );
  return [...held].flatMap(([holder, { eventId }]) => {
    const pair = `${keyOf(app)} ${holder}`;
    if (needed.has(holder) || eventId === undefined || late.has(pair) || app.history.has(holder))
      return [];
    const detail = `nobody wants it; shown: ${JSON.stringify(shown.get(holder))}`;
    return [{ rule: 'notReturned', pair, detail }];
  });
}

/** Whether a device that is to have an app has a license for it, and is shown so, or is told why not. */
async function compareDevice(
  stage: Stage,
  scene: Scene,
  device: Device,
): Promise<readonly Violation[]> {
  const { app, organization, held, free, late, stopped } = scene;
  const licenseType = claimOf(app, device, organization);
  if (licenseType === undefined || licenseType === 'kept') return [];
  const serial = device.serialNumber;
  const userId = userIdOf(device, organization);
  const rows = scene.shown.get(serial) ?? [];
  const isShown = rows.some(({ license: { state } }) => state === 'held' || state === 'found');
  const wantedPair = `${keyOf(app)} ${licenseType === 'user' ? userId : serial}`;
  const violation = (rule: string, detail: string): readonly Violation[] => [
    { rule, pair: wantedPair, detail: `${serial}: ${detail}; shown: ${JSON.stringify(rows)}` },
  ];
  const hasOwn = held.has(serial);
  const hasOwners = held.has(userId);
  const elsewhere = servedElsewhere(scene, device, licenseType);
  // What came after all patience is a stranger's where another location serves the device: counted, not listed.
  const isSurplus = late.has(wantedPair) && elsewhere;
  // Until it has its own, the owner's license may serve it or not; so may one that is a stranger's.
  const isStrangers =
    hasOwn && (held.get(serial)?.eventId === undefined || late.has(`${keyOf(app)} ${serial}`));
  const isEither = licenseType === 'device' ? !hasOwn && hasOwners : isStrangers;
  if (!isEither && !isSurplus && (hasOwn || hasOwners) !== isShown)
    return violation('shownWrongly', `at Apple: ${hasOwn} of its own, ${hasOwners} its owner's`);
  const isHistory = app.history.has(serial) && !late.has(`${keyOf(app)} ${serial}`);
  if (isHistory && rows.some(({ license: { state } }) => state === 'found'))
    return violation('notRecognized', 'was ours when the token was deleted');
  if (hasOwn || (licenseType === 'user' && hasOwners) || elsewhere) return [];
  if (free > 0 && !stopped.has(wantedPair)) return violation('notGranted', `${free} are free`);
  if (rows.some(({ reason }) => reason !== null)) return [];
  return (await readWhy(stage, app, device)) === null ? violation('withoutReason', 'waits') : [];
}

/** One license of a title is enough for a device or a person, whichever location it is of (Law 1). */
function servedElsewhere(
  { app, organization, atApple }: Scene,
  device: Device,
  licenseType: LicenseType,
): boolean {
  const holder = licenseType === 'user' ? userIdOf(device, organization) : device.serialNumber;
  return organization.apps.some(
    (other) =>
      other !== app &&
      other.adamId === app.adamId &&
      atApple.get(keyOf(other))?.has(holder) === true &&
      (other.history.has(holder) ||
        organization.devices.some(
          (one) =>
            (one === device || (licenseType === 'user' && one.owner === device.owner)) &&
            claimOf(other, one, organization) !== undefined,
        )),
  );
}

/** By what Apple knows the owner of a device; an empty text where there is none. */
function userIdOf({ owner }: Device, { clientUserIds }: Organization): string {
  return owner === undefined ? '' : (clientUserIds.get(owner.id) ?? '');
}

async function readShown({ api }: Stage, app: App): Promise<readonly Shown[]> {
  return (await api.json<{ value: Shown[] }>('GET', `/api/apps/${app.id}/devices?top=1000`)).value;
}

/** Why an app does not get further on a device. */
async function readWhy({ api }: Stage, app: App, device: Device): Promise<object | null> {
  const { steps, stopsAt } = await api.json<{
    steps: { step: string; reason: object | null }[];
    stopsAt: string | null;
  }>('GET', `/api/apps/${app.id}/devices/${device.id}/why`);
  return steps.find(({ step }) => step === stopsAt)?.reason ?? null;
}

/** Pairs of which a person must decide first (Law 11), or which the server has stopped by a rule. */
async function readStopped({ database }: Stage): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ pair: string }>(
    `select a.location_uid || '/' || a.adam_id || '/' || a.pricing_param || ' ' || h.key as pair
     from (
       select asset_id, holder_id from grants.hold
       union all select asset_id, holder_id from grants.demand where stopped_reason is not null
     ) s join library.asset a on a.id = s.asset_id join library.holder h on h.id = s.holder_id`,
  );
  return new Set(rows.map(({ pair }) => pair));
}
