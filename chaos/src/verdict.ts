import type { Violation } from './judge.ts';
import { assetKeyOf } from './journal.ts';
import type { App, Device, Organization } from './organization.ts';
import type { Stage } from './stage.ts';
import { wantedBy } from './wishes.ts';

interface Assigned {
  readonly adamId: string;
  readonly pricingParam: string;
  readonly serialNumber?: string;
  /** The event of ours that assigned it; undefined: somebody else did. */
  readonly eventId?: string;
}

interface Shown {
  readonly serialNumber: string;
  readonly license: { readonly state: string };
  readonly reason: { readonly cause: string; readonly next: string } | null;
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
  const atApple = await readAssigned(stage, organization);
  const totals = await readTotals(stage);
  const stopped = await readStopped(stage);
  const found: Violation[] = [];
  for (const app of organization.apps) {
    const key = keyOf(app);
    const wanted = wantedBy(app, organization);
    const held = atApple.get(key) ?? new Map<string, Assigned>();
    const free = (totals.get(key) ?? Number.POSITIVE_INFINITY) - held.size;
    const shown = new Map((await readShown(stage, app)).map((row) => [row.serialNumber, row]));
    const add = (rule: string, serial: string, detail: string): number =>
      found.push({ rule, pair: `${key} ${serial}`, detail });
    for (const [serial, { eventId }] of held) {
      if (!wanted.has(serial) && eventId !== undefined && !late.has(`${key} ${serial}`))
        add('notReturned', serial, `nobody wants it; shown: ${JSON.stringify(shown.get(serial))}`);
    }
    for (const device of organization.devices) {
      const serial = device.serialNumber;
      if (!wanted.has(serial)) continue;
      const row = shown.get(serial);
      const state = row?.license.state;
      const has = held.has(serial);
      // What came after all patience is a stranger's where another location serves the device: counted, not listed.
      const isSurplus =
        late.has(`${key} ${serial}`) && servedElsewhere(app, serial, organization, atApple);
      if (has !== (state === 'held' || state === 'found') && !isSurplus)
        add('shownWrongly', serial, `at Apple: ${has}, shown: ${JSON.stringify(row)}`);
      if (has || servedElsewhere(app, serial, organization, atApple)) continue;
      if (free > 0 && !stopped.has(`${key} ${serial}`))
        add('notGranted', serial, `${free} are free; shown: ${JSON.stringify(row)}`);
      else if ((row?.reason ?? (await readWhy(stage, app, device))) === null)
        add('withoutReason', serial, JSON.stringify(row));
    }
  }
  return found;
}

/** One license of a title is enough for a device, whichever location it is of (Law 1). */
function servedElsewhere(
  app: App,
  serial: string,
  organization: Organization,
  atApple: ReadonlyMap<string, ReadonlyMap<string, Assigned>>,
): boolean {
  return organization.apps.some(
    (other) =>
      other !== app &&
      other.adamId === app.adamId &&
      wantedBy(other, organization).has(serial) &&
      atApple.get(keyOf(other))?.has(serial) === true,
  );
}

function keyOf({ uId, adamId }: App): string {
  return assetKeyOf(uId, { adamId, pricingParam: 'STDQ' });
}

async function readAssigned(
  { apple }: Stage,
  { locations }: Organization,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Assigned>>> {
  const all = new Map<string, Map<string, Assigned>>();
  for (const { uId } of locations) {
    const text = await apple.text('GET', `/_control/assignments?uId=${uId}`);
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const assigned = JSON.parse(line) as Assigned;
      const key = assetKeyOf(uId, assigned);
      const holders = all.get(key) ?? new Map<string, Assigned>();
      all.set(key, holders.set(assigned.serialNumber ?? '', assigned));
    }
  }
  return all;
}

/** Licenses owned; unlimited titles are left out. */
async function readTotals({ apple }: Stage): Promise<ReadonlyMap<string, number>> {
  const { locations } = await apple.json<{
    locations: {
      uId: string;
      assets: { adamId: string; pricingParam: string; total: number | null }[];
    }[];
  }>('GET', '/_control/state');
  return new Map(
    locations.flatMap(({ uId, assets }) =>
      assets.flatMap((asset) =>
        asset.total === null ? [] : [[assetKeyOf(uId, asset), asset.total] as const],
      ),
    ),
  );
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
