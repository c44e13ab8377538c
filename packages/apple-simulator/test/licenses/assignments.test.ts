import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createCore } from '../../src/core/core.ts';
import { Asset, type Cause } from '../../src/licenses/assets.ts';
import { AssignmentBook } from '../../src/licenses/assignments.ts';
import { VersionLog } from '../../src/licenses/versions.ts';

const CAUSE: Cause = { by: 'portal' };
const TOLERATED_GONE = 3;

const kindOf = (adamId: string): Asset =>
  new Asset(
    {
      adamId,
      pricingParam: 'STDQ',
      productType: 'App',
      deviceAssignable: true,
      revocable: true,
      supportedPlatforms: [],
    },
    true,
  );

function newBook(): AssignmentBook {
  const { clock } = createCore({ speed: 0 });
  let versions = 0;
  return new AssignmentBook(new VersionLog(clock, () => `version-${++versions}`), TOLERATED_GONE);
}

const pair = fc.record({
  asset: fc.integer({ min: 0, max: 2 }),
  holder: fc.integer({ min: 0, max: 9 }).map((number) => `SERIAL${number}`),
});

describe('the assignments of a location', () => {
  it('are what was added and not taken back, in order, however many have gone', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 200 }), (pairs) => {
        const book = newBook();
        const assets = ['1', '2', '3'].map(kindOf);
        let expected: { asset: Asset; holder: string; change: number }[] = [];
        for (const { asset: number, holder } of pairs) {
          const asset = assets[number] as Asset;
          if (book.has(asset, holder)) {
            book.remove(asset, holder);
            expected = expected.filter((row) => row.asset !== asset || row.holder !== holder);
          } else {
            book.add(asset, holder, 0, CAUSE);
            expected.push({ asset, holder, change: book.version.change });
          }
        }
        const read = (rows: number[]) =>
          rows.map((row) => book.read(row)).map(({ asset, holder }) => ({ asset, holder }));
        const plain = (rows: typeof expected) =>
          rows.map(({ asset, holder }) => ({ asset, holder }));
        expect(read(book.list().slice(0, 1000))).toEqual(plain(expected));
        expect(read(book.list().slice(4, 3))).toEqual(plain(expected.slice(4, 7)));
        for (const asset of assets) {
          const own = expected.filter((row) => row.asset === asset);
          expect(read(book.list(asset).slice(0, 1000))).toEqual(plain(own));
          expect(asset.assigned).toBe(own.length);
        }
        const middle = Math.floor(book.version.change / 2);
        const seen = expected.filter(({ change }) => change <= middle).length;
        expect(book.list().rankOf(book.firstAfter(middle))).toBe(seen);
      }),
      { numRuns: 300 },
    );
  });

  it('remember what was taken back since', () => {
    const book = newBook();
    const asset = kindOf('1');
    for (const holder of ['A', 'B', 'C']) book.add(asset, holder, 0, CAUSE);
    book.remove(asset, 'A');
    const { change } = book.version;
    book.remove(asset, 'C');
    expect(book.removedSince(change).map(({ holder }) => holder)).toEqual(['C']);
    expect(book.removedSince(0).map(({ holder }) => holder)).toEqual(['A', 'C']);
  });
});
