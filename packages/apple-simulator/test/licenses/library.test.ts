import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Catalog } from '../../src/catalog/catalog.ts';
import { createCore } from '../../src/core/core.ts';
import type { Asset } from '../../src/licenses/assets.ts';
import type { Location } from '../../src/licenses/location.ts';
import { purchase, refund } from '../../src/licenses/portal.ts';
import { createLicenseService, type LicenseService } from '../../src/licenses/service.ts';
import type { UserRecord } from '../../src/licenses/users.ts';

const APP = '361285480';
const BOOK = '1900000001';
const IDS = ['ann', 'bea', 'cat'];

const id = fc.constantFrom(...IDS);
const adamId = fc.constantFrom(APP, BOOK);
const step = fc.oneof(
  fc.record({ do: fc.constant('register' as const), id }),
  fc.record({ do: fc.constant('accept' as const), id, account: fc.constantFrom('one', 'two') }),
  fc.record({ do: fc.constant('retire' as const), id }),
  fc.record({ do: fc.constant('grant' as const), id, adamId }),
  fc.record({ do: fc.constant('take back' as const), id, adamId }),
  fc.record({ do: fc.constant('device' as const), serialNumber: fc.constantFrom('A', 'B', 'C') }),
  fc.record({ do: fc.constant('refund' as const), adamId }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Stage {
  readonly service: LicenseService;
  readonly location: Location;
}

async function stage(): Promise<Stage> {
  const service = createLicenseService(createCore({ speed: 0 }), new Catalog());
  const organization = service.registry.addOrganization({
    name: 'x',
    kind: 'school',
    country: 'US',
  });
  const location = service.registry.addLocation(organization, 'x');
  for (const title of [APP, BOOK])
    await purchase(service, location, { adamId: title, quantity: 4 });
  return { service, location };
}

const assetOf = ({ location }: Stage, title: string): Asset => {
  const asset = location.assets.get(`${title}:STDQ`);
  if (asset === undefined) throw new Error(`No ${title}.`);
  return asset;
};

async function take(set: Stage, action: Step): Promise<void> {
  const { service, location } = set;
  const { library } = service;
  const user = 'id' in action ? location.users.active(action.id) : undefined;
  if (action.do === 'register' && !user)
    library.register(location, { clientUserId: action.id }, {});
  if (action.do === 'accept' && user?.status === 'Registered') {
    library.associate(location, user, { idHash: action.account }, {});
  }
  if (action.do === 'retire' && user) library.retire(location, user, {});
  if (action.do === 'grant' && user) library.grant(location, assetOf(set, action.adamId), user, {});
  if (action.do === 'take back' && user)
    library.takeBack(location, assetOf(set, action.adamId), user, {});
  if (action.do === 'device') library.grant(location, assetOf(set, APP), action.serialNumber, {});
  if (action.do === 'refund' && assetOf(set, action.adamId).total > 0) {
    await refund(service, location, { adamId: action.adamId, quantity: 1 });
  }
}

describe('the library', () => {
  it('counts right whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const set = await stage();
        const { location } = set;
        let refunded = false;
        for (const action of steps) {
          refunded ||= action.do === 'refund';
          await take(set, action);
          for (const asset of location.assets.values()) expectCounts(location, asset, refunded);
        }
        const listed = location.assignments.list().slice(0, 100);
        const held = [...location.assets.values()].flatMap((asset) =>
          location.assignments.list(asset).slice(0, 100),
        );
        expect(listed).toEqual(held.toSorted((a, b) => a - b));
        expectUsers(location.users.changedSince());
      }),
      { numRuns: 200 },
    );
  });
});

function expectCounts({ assignments }: Location, asset: Asset, refunded: boolean): void {
  const rows = assignments
    .list(asset)
    .slice(0, 100)
    .map((row) => assignments.read(row));
  expect(asset.assigned).toBe(rows.filter(({ usedUp }) => !usedUp).length);
  expect(asset.available).toBe(Math.max(0, asset.total - asset.assigned));
  expect(asset.total + asset.retired).toBe(4);
  expect(asset.assigned).toBeLessThanOrEqual(refunded ? 4 : asset.total);
  for (const { usedUp, holder } of rows) {
    expect(usedUp).toBe(typeof holder !== 'string' && holder.status === 'Retired');
  }
}

function expectUsers(users: readonly UserRecord[]): void {
  for (const clientUserId of IDS) {
    const rows = users.filter((user) => user.clientUserId === clientUserId);
    expect(rows.filter(({ status }) => status !== 'Retired').length).toBeLessThanOrEqual(1);
    for (const { status, inviteCode, idHash } of rows) {
      expect(inviteCode !== undefined).toBe(status === 'Registered');
      expect(status !== 'Associated' || idHash !== undefined).toBe(true);
    }
  }
}
