import { byPrecedence } from '../src/index.ts';
import { ending, inUse } from './endings.ts';
import type { Demand, Organization, Pair, Placement, Served, Wanted } from './organization.ts';
import { personsWishes, wants, type Wish } from './persons.ts';
import { holds, keyOf, verdictOnDevice } from './verdicts.ts';

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
  const stays = new Set(people.flatMap((one) => one.stays.map(keyOf)));
  const endings = organization.rows
    .filter((row) => !assigned.some((wanted) => keyOf(wanted) === keyOf(row)))
    .map((row) => ({ row, ...ending(organization, row, stays.has(keyOf(row))) }));
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

const isFor =
  (wanted: readonly Wanted[]) =>
  ({ assetId, personId }: Served): boolean =>
    wanted.some((one) => one.assetId === assetId && one.holder === `person:${personId}`);

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
