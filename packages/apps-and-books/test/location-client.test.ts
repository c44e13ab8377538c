import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Asset,
  type Assignment,
  ForeignOwnerError,
  InvalidAnswerError,
  LocationMismatchError,
  type User,
} from '../src/index.ts';
import { readAssets } from '../src/answers/assets.ts';
import { readObject, ShapeError } from '../src/answers/read.ts';
import {
  fixture,
  MockApple,
  never,
  ours,
  outcomeOf,
  rejection,
  sToken,
  uId,
} from './support/apple.ts';

const accepted = { eventId: '5d2e0000-0000-4000-8000-000000000001', uId };
const stranger = { id: 'another-service', name: 'Other MDM', metadata: '' };

describe('LocationClient', () => {
  it('reads the client configuration, without the notification secret', async () => {
    await using apple = new MockApple();
    apple.get('client/config', 200, fixture('client-config'));
    const config = await apple.location.clientConfig(never);
    expect(config).toMatchObject({
      uId,
      locationName: 'Head office',
      countryISO2ACode: 'US',
      defaultPlatform: 'enterprisestore',
      mdmInfo: { id: ours, name: 'Allotment', metadata: '{}' },
      tokenExpirationDate: new Date('2027-03-01T10:00:00Z'),
      subscribedNotificationTypes: ['ASSET_COUNT'],
    });
    expect(JSON.stringify(config)).not.toContain('secret');
  });

  it('sends the token as bearer, JSON, and its name', async () => {
    await using apple = new MockApple();
    const seen: Record<string, string>[] = [];
    apple.pool
      .intercept({ path: '/mdm/v2/client/config', method: 'POST' })
      .reply(200, (request) => {
        seen.push(Object.fromEntries(new Headers(request.headers as Record<string, string>)));
        return fixture('client-config');
      });
    await apple.location.updateClientConfig({ notificationTypes: ['ASSET_COUNT'] }, never);
    expect(seen[0]).toMatchObject({
      authorization: `Bearer ${sToken}`,
      'content-type': 'application/json',
      'user-agent': 'Allotment/test',
    });
  });

  it('reads titles: limited, unlimited in both forms, books', async () => {
    await using apple = new MockApple();
    apple.get('assets', 200, fixture('assets'));
    const rows: Asset[] = [];
    const result = await apple.location.assets(
      {},
      async (page) => void rows.push(...page.rows),
      never,
    );
    expect(result).toMatchObject({ clean: true, pages: 1, rows: 4, restarts: 0 });
    expect(
      rows.map(({ adamId, pricingParam, unlimited, totalCount }) => [
        adamId,
        pricingParam,
        unlimited,
        totalCount,
      ]),
    ).toEqual([
      ['408709785', 'STDQ', false, 100],
      ['900100002', 'STDQ', true, null],
      ['900200001', 'STDQ', false, 5],
      ['900100003', 'PLUS', true, null],
    ]);
    expect(rows[2]).toMatchObject({
      productType: 'Book',
      revocable: false,
      retiredCount: 2,
      supportedPlatforms: [],
    });
  });

  it('reads assignments to devices and people', async () => {
    await using apple = new MockApple();
    apple.get('assignments?adamId=408709785', 200, fixture('assignments'));
    const rows: Assignment[] = [];
    await apple.location.assignments(
      { adamId: '408709785' },
      async (page) => void rows.push(...page.rows),
      never,
    );
    expect(rows).toEqual([
      { adamId: '408709785', pricingParam: 'STDQ', serialNumber: 'C02SIM0001' },
      { adamId: '408709785', pricingParam: 'STDQ', clientUserId: 'u-7f3a' },
    ]);
  });

  it('reads users, several rows of one id and unknown states included', async () => {
    await using apple = new MockApple();
    apple.get('users', 200, fixture('users'));
    const rows: User[] = [];
    await apple.location.users({}, async (page) => void rows.push(...page.rows), never);
    expect(rows.map(({ clientUserId, status }) => [clientUserId, status])).toEqual([
      ['u-7f3a', 'Registered'],
      ['u-7f3a', 'Retired'],
      ['u-9b11', 'SomethingNew'],
    ]);
  });

  it('posts changes in the documented shapes', async () => {
    await using apple = new MockApple();
    const change = { assets: [{ adamId: '1', pricingParam: 'STDQ' }], serialNumbers: ['A', 'B'] };
    const users = [{ clientUserId: 'u-1', managedAppleId: 'sam@example.org' }];
    const posts = {
      'assets/associate': [async () => apple.location.associate(change, never), change],
      'assets/disassociate': [async () => apple.location.disassociate(change, never), change],
      'assets/revoke': [
        async () => apple.location.revoke({ clientUserIds: ['u-1'] }, never),
        { clientUserIds: ['u-1'] },
      ],
      'users/create': [async () => apple.location.createUsers(users, never), { users }],
      'users/update': [async () => apple.location.updateUsers(users, never), { users }],
      'users/retire': [
        async () => apple.location.retireUsers(['u-1'], never),
        { users: [{ clientUserId: 'u-1' }] },
      ],
    } as const;
    for (const [path, [send, body]] of Object.entries(posts)) {
      const sent = apple.post(path, 200, fixture('accepted'));
      expect(await send()).toMatchObject(accepted);
      expect(sent).toEqual([body]);
    }
  });

  it('reads what became of an event', async () => {
    await using apple = new MockApple();
    apple.get('status?eventId=5d2e', 200, fixture('event-status'));
    expect(await apple.location.eventStatus('5d2e', never)).toEqual({
      status: 'FAILED',
      type: 'ASSOCIATE',
      numRequested: 3,
      numCompleted: 2,
      failures: [
        {
          errorNumber: 9709,
          errorMessage: 'Not enough assets.',
          errorInfo: {
            assets: [{ adamId: '900100001', pricingParam: 'STDQ' }],
            clientUserIds: [],
            serialNumbers: ['C02SIM0002'],
          },
        },
      ],
    });
  });

  it('notices an answer for another location, and keeps the event of an accepted write', async () => {
    await using apple = new MockApple();
    apple.get('client/config', 200, { ...fixture('client-config'), uId: '42' });
    expect(await rejection(apple.location.clientConfig(never))).toBeInstanceOf(
      LocationMismatchError,
    );
    apple.post('assets/revoke', 200, { ...fixture('accepted'), uId: '42' });
    expect(await rejection(apple.location.revoke({ serialNumbers: ['A'] }, never))).toMatchObject({
      code: 'locationMismatch',
      expected: uId,
      actual: '42',
      eventId: accepted.eventId,
    });
  });

  it('[brief 29] notices on any answer that another service took the location over', async () => {
    await using apple = new MockApple();
    apple.get('assets', 200, { ...fixture('assets'), mdmInfo: stranger });
    const error = await rejection(apple.location.assets({}, async () => undefined, never));
    expect(error).toBeInstanceOf(ForeignOwnerError);
    expect(error).toMatchObject({ owner: stranger, who: 'administrator', eventId: undefined });
    apple.post('assets/revoke', 200, { ...fixture('accepted'), mdmInfo: stranger });
    expect(await rejection(apple.location.revoke({ serialNumbers: ['A'] }, never))).toMatchObject({
      code: 'foreignOwner',
      eventId: accepted.eventId,
    });
  });

  it('[brief 29] asks the client configuration, once, where an answer does not say whose the location is', async () => {
    await using apple = new MockApple();
    const silent = { ...fixture('accepted'), mdmInfo: null };
    apple.post('assets/revoke', 200, silent);
    apple.get('client/config', 200, { ...fixture('client-config'), mdmInfo: stranger });
    const revoke = async (): Promise<unknown> =>
      apple.location.revoke({ serialNumbers: ['A'] }, never);
    expect(await rejection(revoke())).toMatchObject({
      code: 'foreignOwner',
      owner: stranger,
      eventId: accepted.eventId,
    });
    await using quiet = new MockApple();
    quiet.get('client/config', 200, fixture('client-config'));
    for (const serialNumber of ['A', 'B']) {
      quiet.post('assets/revoke', 200, silent);
      expect(await quiet.location.revoke({ serialNumbers: [serialNumber] }, never)).toMatchObject(
        accepted,
      );
    }
    quiet.agent.assertNoPendingInterceptors();
  });

  it('leaves the owner unknown while the client configuration cannot be asked, and asks again', async () => {
    await using apple = new MockApple();
    const silent = { ...fixture('accepted'), mdmInfo: null };
    apple.post('assets/revoke', 200, silent);
    const revoke = async (): Promise<unknown> =>
      apple.location.revoke({ serialNumbers: ['A'] }, never);
    apple.get('client/config', 401, { errorNumber: 9625, errorMessage: 'revoked' });
    expect(await revoke()).toMatchObject(accepted);
    apple.post('assets/revoke', 200, silent);
    apple.get('client/config', 200, { ...fixture('client-config'), mdmInfo: stranger });
    expect(await rejection(revoke())).toMatchObject({ code: 'foreignOwner' });
  });

  it('takes an absent owner as unknown, and any owner while looking around', async () => {
    await using apple = new MockApple();
    apple.get('client/config', 200, { ...fixture('client-config'), mdmInfo: null });
    expect(await apple.location.clientConfig(never)).toMatchObject({ mdmInfo: undefined });
    apple.get('client/config', 200, { ...fixture('client-config'), mdmInfo: stranger });
    expect(await apple.client.location({ sToken }).clientConfig(never)).toMatchObject({
      mdmInfo: stranger,
    });
  });

  it.each([
    ['assets', { assets: [{ adamId: 'abc' }] }, 'assets[0].adamId'],
    ['assets', { assets: [{ adamId: '1', totalCount: 'many' }] }, 'assets[0].totalCount'],
    ['assets', { assets: 'none' }, 'assets'],
    ['assets', { assets: [], nextPageIndex: 1 }, 'totalPages'],
    ['assets', { uId: undefined }, 'uId'],
    [
      'assets',
      { assets: [{ adamId: '1', supportedPlatforms: ['iOS', 3] }] },
      'assets[0].supportedPlatforms[1]',
    ],
  ])('names the field of %s that is not as documented', async (path, part, field) => {
    await using apple = new MockApple();
    apple.get(path, 200, { uId, ...part });
    const error = await rejection(apple.location.assets({}, async () => undefined, never));
    expect(error).toBeInstanceOf(InvalidAnswerError);
    expect(error).toMatchObject({ field, code: 'invalidAnswer' });
  });
});

describe('readAssets', () => {
  it('keeps Adam IDs as text and never shows an unlimited total', () => {
    const asset = fc.record(
      {
        adamId: fc.oneof(fc.nat().map(String), fc.nat()),
        pricingParam: fc.constantFrom('STDQ', 'PLUS', 'NEW'),
        totalCount: fc.oneof(fc.nat(100_000), fc.constant(2_147_483_647)),
        assignedCount: fc.nat(),
      },
      { requiredKeys: ['adamId'] },
    );
    fc.assert(
      fc.property(fc.array(asset), fc.array(asset), (assets, unlimitedAssets) => {
        const rows = readAssets({ assets, unlimitedAssets });
        expect(rows.map(({ adamId }) => adamId)).toEqual(
          [...assets, ...unlimitedAssets].map(({ adamId }) => String(adamId)),
        );
        expect(
          rows.every((row) =>
            row.unlimited ? row.totalCount === null : (row.totalCount ?? 0) < 2_147_483_647,
          ),
        ).toBe(true);
      }),
    );
  });

  it('refuses anything else with the place where it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = outcomeOf(() => readAssets(readObject({ assets: value })));
        expect(Array.isArray(read) || read instanceof ShapeError).toBe(true);
      }),
    );
  });
});
