import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Graces,
  type ServedDevice,
  type WhatIf,
  arrivalOrder,
  decideIrrevocable,
  endOf,
  endingOf,
  forecast,
  freeSeats,
  graceReasons,
  lineOrder,
  lostAgain,
  reasonWithoutDevice,
  serve,
} from '../src/index.ts';

const now = new Date('2026-11-23T06:00:00Z');
const day = (days: number): Date => new Date(now.getTime() + days * 24 * 60 * 60 * 1000);

const device = (id: string, served: boolean, checkedIn: number | null): ServedDevice => ({
  id,
  served,
  lastCheckInAt: checkedIn === null ? null : day(-checkedIn),
});
const ids = (devices: readonly ServedDevice[]): string => devices.map((one) => one.id).join(' ');

describe('the devices of a person', () => {
  it('share one license, up to Apple’s limit of five [brief 8, 27]', () => {
    const devices = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, i) => device(id, false, i));
    const { served, refused } = serve(devices, 5);
    expect(ids(served)).toBe('a b c d e');
    expect(ids(refused)).toBe('f');
  });

  it('keep the license they have, whoever checked in later', () => {
    const devices = [device('new', false, 0), device('never', false, null), device('old', true, 9)];
    expect(ids(serve(devices, 1).served)).toBe('old');
    expect(ids(serve(devices, 2).served)).toBe('old new');
    expect(ids(serve(devices, 2).refused)).toBe('never');
  });

  it('are served in the same way in whatever order they come', () => {
    const some = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1 }),
        served: fc.boolean(),
        lastCheckInAt: fc.option(fc.integer({ min: 0, max: 3 }).map((days) => day(-days))),
      }),
      { selector: (one) => one.id },
    );
    fc.assert(
      fc.property(some, fc.nat(6), (devices, limit) => {
        const { served, refused } = serve(devices, limit);
        expect(serve(devices.toReversed(), limit)).toEqual({ served, refused });
        expect(served).toHaveLength(Math.min(limit, devices.length));
        expect(new Set([...served, ...refused])).toEqual(new Set(devices));
      }),
    );
  });
});

describe('the line', () => {
  it('goes by priority, then by when the license was first wanted', () => {
    const line = [
      { name: 'third', priority: 0, position: 7 },
      { name: 'first', priority: 1, position: 9 },
      { name: 'second', priority: 0, position: 3 },
    ];
    expect(line.toSorted(lineOrder).map((one) => one.name)).toEqual(['first', 'second', 'third']);
  });

  it('forms with the devices that were seen lately first', () => {
    const devices = [
      { id: 'never-later', lastCheckInAt: null, firstSeen: 4 },
      { id: 'never', lastCheckInAt: null, firstSeen: 1 },
      { id: 'old', lastCheckInAt: day(-3), firstSeen: 2 },
      { id: 'lately', lastCheckInAt: day(-1), firstSeen: 3 },
    ];
    expect(devices.toSorted(arrivalOrder).map((one) => one.id)).toEqual([
      'lately',
      'old',
      'never',
      'never-later',
    ]);
  });

  it('serves 100 of 500, and 400 wait [brief 76, 77]', () => {
    const line = Array.from({ length: 500 }, (_, position) => ({ priority: 0, position }));
    const free = freeSeats({ total: 100, foreignHeld: 0, taken: 0 });
    const served = line.toSorted(lineOrder).slice(0, free);
    expect(served).toHaveLength(100);
    expect(line.length - served.length).toBe(400);
    expect(served.every((one) => one.position < 100)).toBe(true);
  });

  it('finds no free seat where Apple shows more than are owned, and always one of an unlimited title', () => {
    expect(freeSeats({ total: 3, foreignHeld: 2, taken: 4 })).toBe(0);
    expect(freeSeats({ total: null, foreignHeld: 2, taken: 4 })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the end of a license', () => {
  const graces: Graces = {
    unassigned: 0,
    excluded: 0,
    leftOrganization: 60,
    deviceRetired: 24 * 60,
    deviceWiped: 24 * 60,
    deviceDeleted: 24 * 60,
    deviceSilent: 0,
  };

  it('comes after the grace period of its reason [L 30]', () => {
    expect(endOf('unassigned', graces, now)).toEqual(now);
    expect(endOf('deviceRetired', graces, now)).toEqual(day(1));
    expect(endOf('leftOrganization', graces, now)).toEqual(new Date(now.getTime() + 3_600_000));
  });

  it.each(['uninstall', 'hold', 'notApplicable', 'replaced'] as const)(
    'does not wait for %s',
    (reason) => {
      expect(endOf(reason, graces, now)).toEqual(now);
    },
  );

  it('keeps its time while the reason stays, and counts anew for another', () => {
    const coming = { reason: 'deviceRetired', at: day(0.5) } as const;
    expect(endOf('deviceRetired', graces, now, coming)).toEqual(day(0.5));
    expect(endOf('deviceWiped', graces, now, coming)).toEqual(day(1));
  });

  it('of an assignment reclaims the license and removes the app, unless its policy says less [brief 62]', () => {
    expect(endingOf('unassigned', 'reclaimAndRemove')).toEqual({
      license: 'reclaimed',
      app: 'removed',
    });
    expect(endingOf('unassigned', 'reclaim')).toEqual({ license: 'reclaimed', app: 'stays' });
    expect(endingOf('excluded', 'keep')).toEqual({ license: 'kept', app: 'stays' });
  });

  it('by Uninstall reclaims and removes whatever the policy [brief 61]', () => {
    for (const policy of ['keep', 'reclaim', 'reclaimAndRemove'] as const)
      expect(endingOf('uninstall', policy)).toEqual({ license: 'reclaimed', app: 'removed' });
  });

  it('by hand or because somebody is gone removes no app [brief 60, 63]', () => {
    for (const reason of [...graceReasons, 'hold', 'replaced'] as const) {
      if (reason === 'unassigned' || reason === 'excluded') continue;
      expect(endingOf(reason, 'reclaimAndRemove')).toEqual({ license: 'reclaimed', app: 'stays' });
    }
  });
});

describe('the license of a person whose last device left', () => {
  it('goes back by how the latest one left', () => {
    const departures = [
      { as: 'retired', order: 2 },
      { as: 'wiped', order: 7 },
      { as: 'silent', order: 4 },
    ] as const;
    expect(reasonWithoutDevice(departures)).toBe('deviceWiped');
    expect(reasonWithoutDevice(departures.slice(0, 1))).toBe('deviceRetired');
    expect(reasonWithoutDevice([...departures, { as: 'deleted', order: 8 }])).toBe('deviceDeleted');
    expect(reasonWithoutDevice([...departures, { as: 'silent', order: 9 }])).toBe('deviceSilent');
  });

  it('is unassigned where the latest one was given to somebody else, or none ever was theirs', () => {
    expect(reasonWithoutDevice([])).toBe('unassigned');
    const departures = [
      { as: 'handedOver', order: 3 },
      { as: 'wiped', order: 2 },
    ] as const;
    expect(reasonWithoutDevice(departures)).toBe('unassigned');
  });
});

describe('a license that Apple no longer shows', () => {
  it('is asked for again once, and not when it is lost again within seven days', () => {
    expect(lostAgain(null, now)).toBe(false);
    expect(lostAgain(day(-6.9), now)).toBe(true);
    expect(lostAgain(day(-7), now)).toBe(false);
  });
});

describe('licenses that Apple never takes back', () => {
  it('go to 20 people without asking, and not to more', () => {
    expect(decideIrrevocable(0, 20)).toEqual({ go: true });
    expect(decideIrrevocable(0, 21)).toEqual({ go: false, waiting: 21, allowed: 20 });
    expect(decideIrrevocable(15, 6)).toEqual({ go: false, waiting: 6, allowed: 20 });
    expect(decideIrrevocable(100, 0)).toEqual({ go: true });
  });
});

describe('what if', () => {
  const asset: WhatIf = {
    total: 100,
    foreignHeld: 10,
    taken: 50,
    wanted: 120,
    granted: 30,
    satisfied: 5,
    reclaimable: 20,
    price: 1.99,
  };

  it('says who gets a license, who waits, and what it costs that nobody does', () => {
    expect(forecast(asset)).toEqual({
      needed: 85,
      free: 40,
      served: 40,
      servedLater: 20,
      toBuy: 25,
      cost: 49.75,
    });
  });

  it('lets nobody wait for an unlimited title', () => {
    expect(forecast({ ...asset, total: null })).toMatchObject({
      free: null,
      served: 85,
      servedLater: 0,
      toBuy: 0,
      cost: 0,
    });
  });

  it('does not promise what a refund took', () => {
    const over = forecast({ ...asset, total: 55, reclaimable: 20 });
    expect(over).toMatchObject({ free: 0, served: 0, servedLater: 15, toBuy: 70 });
  });

  it('accounts for everybody, and never promises more than is owned', () => {
    const facts = fc.record({
      total: fc.option(fc.nat(50)),
      foreignHeld: fc.nat(10),
      kept: fc.nat(20),
      reclaimable: fc.nat(20),
      more: fc.nat(60),
      satisfied: fc.nat(5),
    });
    fc.assert(
      fc.property(facts, ({ kept, more, ...rest }) => {
        const taken = kept + rest.reclaimable;
        const wanted = kept + rest.satisfied + more;
        const result = forecast({ ...rest, taken, wanted, granted: kept, price: null });
        expect(result.served + result.servedLater + result.toBuy).toBe(more);
        expect(Math.min(result.served, result.servedLater, result.toBuy)).toBeGreaterThanOrEqual(0);
        const after = kept + result.served + result.servedLater;
        const owned = (rest.total ?? Number.POSITIVE_INFINITY) - rest.foreignHeld;
        expect(after).toBeLessThanOrEqual(Math.max(kept, owned));
        expect(result.cost).toBeNull();
      }),
    );
  });
});
