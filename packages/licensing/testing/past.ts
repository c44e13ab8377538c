import * as fc from 'fast-check';
import type { DemandRow, Holder, Organization, Pair, Served } from './organization.ts';

/** What is, before anything is remembered. */
type Present = Omit<Organization, 'requests' | 'rows' | 'served' | 'foreign' | 'holds'>;
type Past = Pick<Organization, 'rows' | 'served' | 'foreign' | 'holds'>;

const noon = new Date('2026-11-23T12:00:00Z').getTime();

/** A moment so many minutes from the organization's now. */
export const moment = (minutes: number): Date => new Date(noon + minutes * 60_000);

const reasonsToTake = fc.constantFrom('required', 'required', 'request', 'ahead');

/** One time in six. */
export const rarely = fc.integer({ min: 0, max: 5 }).map((n) => n === 5);

export const someOf = <T>(items: readonly T[], maxLength: number): fc.Arbitrary<T[]> =>
  fc.subarray([...items], { maxLength: Math.min(maxLength, items.length) });

/**
 * Licenses from before: waiting, granted, held, found at Apple, held back by hand. A person who has one has it for some
 * device.
 */
export function past(present: Present): fc.Arbitrary<Past> {
  const pairs = pairsOf(present);
  return fc
    .record({
      wished: someOf(pairs, 8).chain((some) => fc.tuple(...some.map((pair) => row(present, pair)))),
      elsewhere: someOf(pairs, 3),
      holds: someOf(pairs, 2),
    })
    .chain(({ wished, elsewhere, holds }) =>
      someOf(servable(present, wished), 6)
        .chain(takenFor)
        .map((served) => {
          const rows = wished.filter(
            ({ assetId, holder, granted }) =>
              !granted ||
              assetId === bookId ||
              holder.startsWith('device:') ||
              served.some((one) => one.assetId === assetId && holder === `person:${one.personId}`),
          );
          const foreign = elsewhere.filter(
            (pair) => !rows.some((one) => one.granted && isSame(one, pair)),
          );
          return { rows, served, holds, foreign };
        }),
    );
}

/** The only asset that devices have no license of. */
export const bookId = 'book';

const isSame = (a: Pair, b: Pair): boolean => a.assetId === b.assetId && a.holder === b.holder;

/** Every license that somebody could have. */
function pairsOf({ assets, devices, people }: Present): Pair[] {
  return assets.flatMap(({ id: assetId }) =>
    [
      ...people.map((person): Holder => `person:${person.id}`),
      ...(assetId === bookId ? [] : devices.map((device): Holder => `device:${device.id}`)),
    ].map((holder) => ({ assetId, holder })),
  );
}

function row({ apps }: Present, pair: Pair): fc.Arbitrary<DemandRow> {
  const own = apps.filter((app) => app.assetId === pair.assetId).map((app) => app.id);
  return fc
    .record({
      appId: fc.constantFrom(...own, ...own, 'goneApp'),
      state: fc.constantFrom('waiting', 'unsent', 'asked', 'held', 'held'),
      takenFor: reasonsToTake,
      onUnassign: fc.constantFrom('reclaimAndRemove', 'reclaimAndRemove', 'reclaim', 'keep'),
      coming: fc.option(
        fc.record({
          reason: fc.constantFrom('unassigned', 'excluded', 'deviceRetired'),
          at: fc.constantFrom(-30, 30).map(moment),
        } as const),
        { freq: 1, nil: undefined },
      ),
    } as const)
    .map(({ state, coming, ...rest }) => ({
      ...pair,
      ...rest,
      granted: state !== 'waiting',
      asked: state === 'asked' || state === 'held',
      held: state === 'held',
      coming: state === 'waiting' ? undefined : coming,
    }));
}

/** Each was taken for something. */
const takenFor = (served: readonly Served[]): fc.Arbitrary<readonly Past['served'][number][]> =>
  fc.tuple(
    ...served.map((one) => reasonsToTake.map((reason) => ({ ...one, takenFor: reason }) as const)),
  );

/** The devices that people's licenses could serve; who left is served no more. */
function servable({ devices, people }: Present, rows: readonly DemandRow[]): Served[] {
  return rows.flatMap(({ assetId, holder }) =>
    assetId === bookId
      ? []
      : devices
          .filter(({ personId }) => holder === `person:${personId}` && isHere(people, personId))
          .map((device) => ({
            assetId,
            deviceId: device.id,
            personId: holder.slice('person:'.length),
          })),
  );
}

const isHere = (people: Present['people'], personId: string | null): boolean =>
  people.some((person) => person.id === personId && !person.deleted);
