import { describe, expect, it } from 'vitest';

import { type Client, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

const stocked = (quantity = 20): Promise<Client> => box().location([{ adamId: KEYNOTE, quantity }]);
const happen = (client: Client, kind: string, settings: object = {}, more: object = {}) =>
  box().fault(kind, settings, { ...more, scope: { location: client.uId } });
const faultsOf = async (client: Client): Promise<unknown> => (await client.counters())['faults'];

describe('by itself', () => {
  it('stock is bought, refunded below what is assigned, and moved to a sibling', async () => {
    const added = await box().control('organizations', {
      name: 'Two Schools',
      locations: [{ name: 'East' }, { name: 'West' }],
    });
    const [east, west] = (added['locations'] as { uId: string }[]).map(({ uId }) => uId);
    await box().control('purchases', { uId: east, purchases: [{ ...keynote, quantity: 8 }] });
    const scope = { location: east };
    const serialNumbers = ['A', 'B', 'C', 'D'];
    await box().control('assignments', {
      uId: east,
      assignments: [{ adamId: KEYNOTE, serialNumbers }],
    });
    const act = (kind: string, settings: object) => box().fault(kind, settings, { scope });
    await act('stock.purchased', { quantity: 2 });
    await act('stock.transferred', { quantity: 3 });
    await act('stock.refunded', { quantity: 5 });
    const { locations, faults } = await box().control('counters');
    const counts = locations as Record<string, { assets: Json[] }>;
    expect(counts[east ?? '']?.assets).toMatchObject([{ total: 2, assigned: 4, available: 0 }]);
    expect(counts[west ?? '']?.assets).toMatchObject([{ total: 3, assigned: 0 }]);
    expect(faults).toMatchObject({
      'stock.purchased': 1,
      'stock.transferred': 1,
      'stock.refunded': 1,
    });
  });

  it('claims are stolen and given back', async () => {
    const client = await stocked();
    const ours = { id: 'ours', name: 'Ours', metadata: '1' };
    await client.post('/client/config', { mdmInfo: ours });
    await happen(client, 'claim.stolen');
    expect((await client.get('/assets')).body['mdmInfo']).not.toEqual(ours);
    await happen(client, 'claim.returned');
    expect((await client.get('/assets')).body['mdmInfo']).toEqual(ours);
    await box().control('takeover', { uId: client.uId });
    const { mdmInfo } = await box().control('takeover/end', { uId: client.uId });
    expect(mdmInfo).toEqual(ours);
    expect(await faultsOf(client)).toEqual({ 'claim.stolen': 1, 'claim.returned': 1 });
  });

  it.each([
    ['token.expired', 9621],
    ['token.revoked', 9625],
  ])('a %s ends with %i', async (kind, errorNumber) => {
    const client = await stocked();
    await happen(client, kind);
    expect((await client.get('/assets')).body).toMatchObject({ errorNumber });
    const journal = (await box().journal(kind)).filter(({ uId }) => uId === client.uId);
    expect(journal).toMatchObject([{ tokens: 1 }]);
    client.token = await box().token({ uId: client.uId });
    expect((await client.get('/assets')).status).toBe(200);
  });

  it('a second manager assigns and takes back', async () => {
    const client = await stocked();
    await happen(client, 'manager.assigned', { pairs: 6 });
    const assigned = (await client.all('assignments')).length;
    expect(assigned).toBeGreaterThan(0);
    await happen(client, 'manager.took-back', { pairs: 2 });
    expect((await client.all('assignments')).length).toBeLessThan(assigned);
    const changes = (await box().journal('assignment')).filter(({ uId }) => uId === client.uId);
    expect(new Set(changes.map(({ by }) => by))).toEqual(new Set(['other product']));
  });

  it('titles vanish and return', async () => {
    const client = await stocked();
    await happen(client, 'title.vanished');
    expect(await client.all('assets')).toEqual([]);
    await happen(client, 'title.vanished');
    await happen(client, 'title.returned');
    expect(await client.all('assets')).toHaveLength(1);
    expect(await faultsOf(client)).toEqual({ 'title.vanished': 1, 'title.returned': 1 });
  });

  it('people accept their invitations, also several with one Apple Account', async () => {
    const client = await stocked();
    const users = ['a', 'b', 'c', 'd'].map((clientUserId) => ({ clientUserId }));
    await client.run('/users/create', { users });
    await happen(client, 'invitation.accepted', { users: 2 });
    const hashes = async (): Promise<unknown[]> =>
      (await client.all('users')).flatMap(({ idHash }) => idHash ?? []);
    expect(new Set(await hashes()).size).toBe(2);
    await happen(client, 'invitation.accepted', { users: 2, sameAccount: true });
    expect(await hashes()).toHaveLength(4);
    expect(new Set(await hashes()).size).toBe(3);
  });

  it('a person accepts by name of the user', async () => {
    const client = await stocked();
    const { uId } = client;
    await client.run('/users/create', { users: [{ clientUserId: 'ann' }] });
    const { people } = await box().control('people', {
      people: [{ name: 'Ann', appleAccount: `ann-${uId}@icloud.example` }],
    });
    const [ann] = people as Json[];
    const accept = { uId, clientUserId: 'ann', personId: ann?.['personId'] };
    expect(await box().control('invitations/accept', accept)).toEqual({ accepted: true });
    expect(await client.all('users')).toMatchObject([{ status: 'Associated' }]);
    expect((await box().tryControl('invitations/accept', accept)).status).toBe(400);
  });
});

describe('another product', () => {
  it('retires users; all of them can be listed', async () => {
    const client = await stocked();
    const { uId } = client;
    await box().control('users', {
      uId,
      users: [{ clientUserId: 'ann' }, { clientUserId: 'bea' }],
    });
    await box().control('assignments', {
      uId,
      assignments: [{ adamId: KEYNOTE, clientUserIds: ['ann'] }],
    });
    const retire = { uId, clientUserIds: ['ann'] };
    expect(await box().control('users/retire', retire)).toMatchObject({
      users: [{ clientUserId: 'ann', status: 'Retired' }],
    });
    expect((await box().tryControl('users/retire', retire)).status).toBe(400);
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 0 });
    const lines = await fetch(`${box().simulator.url}/_control/users?uId=${uId}`);
    const users = (await lines.text()).trim().split('\n');
    expect(users.map((line) => JSON.parse(line) as Json)).toMatchObject([
      { clientUserId: 'bea', status: 'Registered' },
      { clientUserId: 'ann', status: 'Retired' },
    ]);
  });
});

describe('a schedule', () => {
  it('lets what it drew strike until it is over, and is the same for the same seed', async () => {
    const client = await stocked();
    const scope = { location: client.uId };
    const schedule = {
      seed: 5,
      seconds: 600,
      count: 6,
      kinds: [
        { kind: 'request.refused', scope, times: 100 },
        { kind: 'stock.purchased', scope, settings: { quantity: 1 } },
      ],
    };
    const { faults } = await box().control('schedules', schedule);
    expect((faults as Json[]).map(({ kind }) => String(kind)).toSorted()).toEqual([
      ...Array<string>(3).fill('request.refused'),
      ...Array<string>(3).fill('stock.purchased'),
    ]);
    let refused = 0;
    for (let minute = 0; minute < 10; minute++) {
      if ((await client.get('/assets')).status === 500) refused++;
      await box().advance(60);
    }
    expect(refused).toBeGreaterThan(0);
    expect((await client.get('/assets')).status).toBe(200);
    expect(await client.asset(KEYNOTE)).toMatchObject({ totalCount: 23 });
    expect((await box().control('faults'))['active']).toEqual([]);
    expect(await faultsOf(client)).toEqual({ 'request.refused': refused, 'stock.purchased': 3 });
  });

  it('can be called off', async () => {
    const client = await stocked();
    const kinds = [{ kind: 'stock.purchased', scope: { location: client.uId } }];
    await box().control('schedules', { seed: 1, seconds: 600, count: 4, kinds });
    const off = await fetch(`${box().simulator.url}/_control/faults`, { method: 'DELETE' });
    expect(await off.json()).toEqual({ removed: 4 });
    await box().advance(601);
    expect(await client.asset(KEYNOTE)).toMatchObject({ totalCount: 20 });
  });
});
