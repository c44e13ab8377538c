import { describe, expect, it } from 'vitest';
import { report } from '../src/report.ts';
import type { Seen } from '../src/seen.ts';
import {
  adamIds,
  first,
  foreignDevice,
  healthy,
  license,
  second,
  waiting,
  withApps,
  withAsset,
} from './healthy.ts';

const { plenty, scarce, dropped, invited, book } = adamIds;
const seen = healthy();

const broken = (planted: Partial<Seen>): readonly string[] =>
  report(healthy(planted), performance.now())
    .checks.filter((check) => !check.ok)
    .map((check) => check.name);

const without = (...names: readonly string[]): ReadonlySet<string> =>
  new Set([...seen.licenses].filter((name) => !names.includes(name)));

const tokensThat = (change: object): Seen['tokens'] =>
  seen.tokens.map((token) => ({ ...token, ...change }));

const appsWhere = (adamId: string, change: object): Seen['apps'] =>
  seen.apps.map((app) => (app.adamId === adamId ? { ...app, ...change } : app));

const counted = (counts: Record<string, number>): Seen['counters'] => ({
  ...seen.counters,
  total: { ...seen.counters.total, ...counts },
});

const managed = 'every device that can install has its apps Managed';
const chapter =
  'people who were invited have their app and their book, and what nobody needs any more is gone';
const equal = 'Apple’s assigned count equals held plus foreign';
const twice = 'no pair was sent to Apple twice';

describe('the checks of the demo', () => {
  it('all hold where nothing went wrong, and the report counts what is there', () => {
    expect(broken({})).toEqual([]);
    expect(report(seen, performance.now())).toMatchObject({
      tokens: 1,
      assets: 5,
      licenses: { owned: 32, held: 6, waiting: 1 },
      devices: { enrolled: 3, installed: 3, failed: 0 },
      apple: { associateRequests: 2, pairs: 7 },
    });
  });

  it.each<[fault: string, check: string, planted: Partial<Seen>]>([
    [
      'a token is not valid',
      'every token is valid and synced',
      { tokens: tokensThat({ state: 'expired' }) },
    ],
    [
      'Apple never sent a notification',
      'Apple sends notifications',
      {
        tokens: tokensThat({
          location: { ...seen.tokens[0]?.location, lastNotificationDateTime: null },
        }),
      },
    ],
    [
      'an app has no name',
      'every app has its name from the catalog',
      { apps: appsWhere(plenty, { name: plenty }) },
    ],
    [
      'a book has no name',
      'every app has its name from the catalog',
      { books: seen.books.map((one) => ({ ...one, name: book })) },
    ],
    [
      'a device did not enroll',
      'every device is enrolled',
      { devices: seen.devices.map((one) => ({ ...one, enrolled: one.serialNumber !== waiting })) },
    ],
    ['an app is missing on a device', managed, { devices: withApps(seen, waiting, []) }],
    [
      'a device holds a scarce license and lacks the app',
      managed,
      { devices: withApps(seen, second, [plenty]) },
    ],
    [
      'an app is there unmanaged only',
      managed,
      {
        devices: seen.devices.map((one) => ({
          ...one,
          apps: one.apps.map((app) => ({ ...app, managed: one.serialNumber !== second })),
        })),
      },
    ],
    [
      'a device that waits for a license has the app already',
      'no device has an app without a license',
      { devices: withApps(seen, waiting, [plenty, scarce]) },
    ],
    [
      'a person who was invited lacks the app',
      chapter,
      { devices: withApps(seen, first, [plenty, scarce]) },
    ],
    [
      'a person who was invited lacks the book',
      chapter,
      { devices: seen.devices.map((one) => ({ ...one, books: [] })) },
    ],
    [
      'an app that nobody needs any more stayed',
      chapter,
      { devices: withApps(seen, second, [plenty, scarce, dropped]) },
    ],
    [
      'a device was told what Apple does not describe',
      'every message of and to devices is as Apple describes it',
      { mdm: { checkins: 3, commands: 9, answers: 9, departures: ['Nothing: …'] } },
    ],
    [
      'no device was told anything',
      'every message of and to devices is as Apple describes it',
      { mdm: { checkins: 3, commands: 0, answers: 0, departures: [] } },
    ],
    [
      'more was assigned at some time than is owned',
      'Apple’s assigned count never passed its total',
      { counters: withAsset(seen, scarce, { maximumAssigned: 3 }) },
    ],
    [
      'Apple assigned an app more often than is known',
      equal,
      { counters: withAsset(seen, invited, { assigned: 2 }) },
    ],
    [
      'Apple assigned a book more often than is known',
      equal,
      { counters: withAsset(seen, book, { assigned: 2 }) },
    ],
    [
      'a book is believed to be held that Apple has not assigned',
      equal,
      { counters: withAsset(seen, book, { assigned: 0 }) },
    ],
    [
      'a license of another product is gone, though the count is right',
      'what others had assigned is still there',
      { licenses: new Set([...without(license(plenty, foreignDevice)), license(plenty, 'OTHER')]) },
    ],
    [
      'a scarce license is not in use',
      'scarce licenses are all in use and the rest waits',
      { apps: appsWhere(scarce, { held: 1 }), counters: withAsset(seen, scarce, { assigned: 1 }) },
    ],
    ['a pair was assigned that was so already', twice, { counters: counted({ repeatedPairs: 1 }) }],
    [
      'a pair was asked for while it was under way',
      twice,
      { counters: counted({ pairsWhileOpen: 1 }) },
    ],
    [
      'a pair was taken back while it was being given',
      twice,
      { counters: counted({ pairsWhileOppositeOpen: 1 }) },
    ],
    [
      'a pair was taken back that was not given',
      twice,
      { counters: counted({ pairsWhileNotAssigned: 1 }) },
    ],
  ])('notice that %s', (_, check, planted) => {
    expect(broken(planted)).toEqual([check]);
  });

  it('expect nothing of who declines, and nothing scarce of who waits', () => {
    const [organization] = seen.organizations;
    if (organization === undefined) throw new Error('There is no organization.');
    const devices = organization.devices.map((one) => ({
      ...one,
      declines: one.serialNumber === second,
    }));
    const planted = healthy({
      organizations: [{ ...organization, devices }],
      devices: withApps(seen, second, []),
    });
    expect(broken(planted)).toEqual([]);
    expect(report(planted, performance.now()).devices).toMatchObject({ installed: 2, failed: 1 });
  });
});
