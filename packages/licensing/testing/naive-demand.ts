import { byPrecedence, serve } from '../src/index.ts';
import { ending, inUse } from './endings.ts';
import type {
  Asset,
  Demand,
  Device,
  Organization,
  Pair,
  Placement,
  Served,
  Wanted,
} from './organization.ts';
import { type Verdict, holds, isAtApple, verdictOnBook, verdictOnDevice } from './verdicts.ts';

type WantVerdict = Extract<Verdict, { readonly what: 'want' | 'suspended' }>;
type Offered = Extract<Verdict, { readonly what: 'offered' }>;

/** One reason for a pair to be wanted: a person's license can be wanted for several devices. */
interface Wish extends Pair {
  readonly verdict: WantVerdict;
}

/**
 * Who is to have which license, said slowly and plainly: each device and each person is looked at by itself, as the
 * list of behaviors has it. For tests to hold against what is fast.
 */
export function naiveDemand(organization: Organization): Demand {
  const verdicts = organization.assets.flatMap((asset) =>
    inUse(organization).map((device) => ({
      asset,
      device,
      verdict: verdictOnDevice(organization, device, asset),
    })),
  );
  const people = organization.assets.flatMap((asset) =>
    organization.people.map((person) => personsWishes(organization, asset, person.id)),
  );
  const wishes = [
    ...verdicts.flatMap(({ asset, device, verdict }) =>
      wants(verdict) && verdict.licenseType === 'device'
        ? [{ assetId: asset.id, holder: `device:${device.id}` as const, verdict }]
        : [],
    ),
    ...people.flatMap((one) => one.wishes),
  ];
  const assigned = [...Map.groupBy(wishes, keyOf).values()].flatMap((same) =>
    wantedFor(organization, same),
  );
  const stays = people.flatMap((one) => one.stays);
  const endings = organization.rows
    .filter((row) => !assigned.some((wanted) => keyOf(wanted) === keyOf(row)))
    .map((row) => ({
      row,
      ...ending(
        organization,
        row,
        stays.some((one) => keyOf(one) === keyOf(row)),
      ),
    }));
  const kept = endings.flatMap(({ wanted }) => wanted ?? []);
  const offered = kept.filter(({ because }) => because === 'offered');
  const asBefore = kept.filter(({ because }) => because !== 'offered');
  const wanted = [...assigned, ...kept];
  const placements = [
    ...people.flatMap((one) => one.placements).filter(isFor([...assigned, ...offered])),
    ...organization.served.filter(isFor(asBefore)).map(({ takenFor, ...served }) => ({
      ...served,
      ahead: takenFor === 'ahead',
      kept: false,
      refused: false,
    })),
  ];
  return {
    wanted,
    placements,
    uninstalls: verdicts.flatMap(({ asset, device, verdict }) =>
      verdict.what === 'remove' ? [{ assetId: asset.id, deviceId: device.id }] : [],
    ),
    covered: wanted.flatMap((one) => coveredBy(organization, wanted, placements, one)),
    notApplicable: verdicts.flatMap(({ asset, device, verdict }) =>
      verdict.what === 'notApplicable'
        ? [{ assetId: asset.id, deviceId: device.id, reason: verdict.reason }]
        : [],
    ),
    ended: endings.flatMap(({ row, reason, wanted: still }) =>
      still === undefined ? [{ assetId: row.assetId, holder: row.holder, reason }] : [],
    ),
  };
}

const wants = (verdict: Verdict): verdict is WantVerdict =>
  verdict.what === 'want' || verdict.what === 'suspended';

const says = (verdict: Verdict): verdict is WantVerdict | Offered =>
  wants(verdict) || verdict.what === 'offered';

export const keyOf = ({ assetId, holder }: Pair): string => `${assetId} ${holder}`;

const isFor =
  (wanted: readonly Wanted[]) =>
  ({ assetId, personId }: Served): boolean =>
    wanted.some((one) => one.assetId === assetId && one.holder === `person:${personId}`);

/** What a person's license of an asset is wanted for: a book, or the devices it serves. */
function personsWishes(
  organization: Organization,
  asset: Asset,
  personId: string,
): {
  readonly wishes: readonly Wish[];
  readonly placements: readonly Placement[];
  /** It stays for a device where the app was Required and is Available now, were nothing else to want it. */
  readonly stays: readonly Pair[];
} {
  const holder = `person:${personId}` as const;
  const devices = inUse(organization).filter((device) => device.personId === personId);
  if (devices.length === 0) return { wishes: [], placements: [], stays: [] };
  const isThere = holds(organization, asset.id, holder);
  const judged = devices.map((device) => {
    const before = organization.served.find(
      (one) => one.assetId === asset.id && one.deviceId === device.id && one.personId === personId,
    );
    const verdict = verdictOnDevice(organization, device, asset);
    const mayStay =
      verdict.what === 'offered'
        ? before?.takenFor === 'required' && isAtApple(organization, asset.id, holder)
        : verdict.what === 'want' || (before !== undefined && isThere);
    return { ...device, served: before !== undefined, before, verdict, mayStay };
  });
  const candidates = judged.flatMap((one) =>
    says(one.verdict) && one.verdict.licenseType === 'user' && one.mayStay
      ? [{ ...one, verdict: one.verdict, ahead: one.verdict.ahead }]
      : [],
  );
  // The license goes on serving a device until the device's own is there: never neither.
  const untilOwn = judged.flatMap((one) =>
    one.served &&
    says(one.verdict) &&
    one.verdict.licenseType === 'device' &&
    isThere &&
    one.mayStay &&
    !hasOwn(organization, asset, one)
      ? [{ ...one, verdict: one.verdict, ahead: one.before?.takenFor === 'ahead' }]
      : [],
  );
  const { served, refused } = serve([...candidates, ...untilOwn], organization.devicesPerPerson);
  const book = verdictOnBook(organization, personId, asset);
  const place = (
    device: Device & { readonly verdict: WantVerdict | Offered; readonly ahead: boolean },
    isRefused: boolean,
  ): Placement => ({
    assetId: asset.id,
    deviceId: device.id,
    personId,
    ahead: device.ahead,
    kept: device.verdict.what === 'offered',
    refused: isRefused,
  });
  return {
    wishes: [
      ...served.flatMap(({ verdict }) =>
        wants(verdict) ? [{ assetId: asset.id, holder, verdict }] : [],
      ),
      ...(wants(book) ? [{ assetId: asset.id, holder, verdict: book }] : []),
    ],
    placements: [
      ...served.map((device) => place(device, false)),
      ...refused
        .filter(({ verdict }) => verdict.licenseType === 'user')
        .map((device) => place(device, true)),
    ],
    stays: served.some(({ verdict }) => verdict.what === 'offered')
      ? [{ assetId: asset.id, holder }]
      : [],
  };
}

/**
 * Whether the device's own license is confirmed by Apple, as ours or as found: of this asset, or of another of the same
 * title that does not come to its end.
 */
function hasOwn(organization: Organization, asset: Asset, device: Device): boolean {
  const holder = `device:${device.id}` as const;
  const ofTitle = organization.assets.filter(({ adamId }) => adamId === asset.adamId);
  return organization.rows.some(
    (row) =>
      row.holder === holder &&
      ofTitle.some(({ id }) => id === row.assetId) &&
      (row.assetId === asset.id || row.coming === undefined) &&
      (row.held || (!row.granted && organization.foreign.some((one) => keyOf(one) === keyOf(row)))),
  );
}

/** What the wishes for one pair come to. One that is suspended keeps what is there, and one on hold gets nothing. */
function wantedFor(organization: Organization, wishes: readonly Wish[]): Wanted[] {
  const [first] = wishes;
  if (first === undefined || organization.holds.some((hold) => keyOf(hold) === keyOf(first)))
    return [];
  const standing = wishes.filter(({ verdict }) => verdict.what === 'want');
  if (standing.length === 0 && !holds(organization, first.assetId, first.holder)) return [];
  const [best = first] = (standing.length > 0 ? standing : wishes).toSorted((a, b) =>
    byPrecedence(a.verdict.assignment, b.verdict.assignment),
  );
  const { app, assignment } = best.verdict;
  const suspended = standing.length === 0;
  const ahead = (suspended ? wishes : standing).every(({ verdict }) => verdict.ahead);
  return [
    {
      assetId: first.assetId,
      holder: first.holder,
      appId: app.id,
      because: suspended ? 'suspended' : ahead ? 'ahead' : 'assigned',
      ahead,
      priority: assignment.priority,
      until: null,
    },
  ];
}

/**
 * Another asset of the same title that serves the holder: they need no second license (Law 1). A license that was merely
 * taken ahead has nothing installed, and serves only who is to have nothing more than that; a person's has to be for
 * every device that the other one is for.
 */
function coveredBy(
  organization: Organization,
  wanted: readonly Wanted[],
  placements: readonly Placement[],
  one: Wanted,
): Demand['covered'] {
  if (holds(organization, one.assetId, one.holder)) return [];
  if (organization.foreign.some((pair) => keyOf(pair) === keyOf(one))) return [];
  const adamId = organization.assets.find((asset) => asset.id === one.assetId)?.adamId;
  const [by] = organization.assets
    .filter((asset) => asset.adamId === adamId && asset.id !== one.assetId)
    .map((asset) => ({ assetId: asset.id, holder: one.holder }))
    .filter((pair) =>
      wanted.some((other) => keyOf(other) === keyOf(pair) && (one.ahead || !other.ahead)),
    )
    .filter((pair) => isServed(organization, pair))
    .filter((pair) => isForAll(placements, one, pair));
  return by === undefined ? [] : [{ assetId: one.assetId, holder: one.holder, by: by.assetId }];
}

/** Whether the license of a pair is for each device that the one to be covered would serve. */
function isForAll(placements: readonly Placement[], covered: Pair, by: Pair): boolean {
  const of = (pair: Pair): readonly Placement[] =>
    placements.filter(
      ({ assetId, personId }) => assetId === pair.assetId && `person:${personId}` === pair.holder,
    );
  return of(covered).every(
    ({ deviceId, refused, ahead }) =>
      refused || of(by).some((one) => one.deviceId === deviceId && (ahead || !one.ahead)),
  );
}

/** Whether a wanted pair has a seat of ours or is found at Apple. */
const isServed = (organization: Organization, pair: Pair): boolean =>
  organization.rows.some((row) => keyOf(row) === keyOf(pair) && row.granted) ||
  organization.foreign.some((one) => keyOf(one) === keyOf(pair));
