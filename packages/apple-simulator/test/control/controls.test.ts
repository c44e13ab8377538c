import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';

import { startAppleSimulator } from '../../src/index.ts';
import { Box, type Json, useBox } from '../support/box.ts';
import { certificates } from '../support/receiver.ts';

const KEYNOTE = '361285480';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

describe('controls', () => {
  it('are described as OpenAPI, and as a page', async () => {
    const { paths } = await box().control('docs');
    const described = Object.keys(paths as object);
    for (const name of [
      'organizations',
      'tokens',
      'purchases',
      'refunds',
      'transfers',
      'assignments',
      'people',
      'devices',
      'faults',
      'clock',
      'takeover',
      'counters',
      'state',
      'journal',
      'settings',
      'push-certificates',
    ]) {
      expect(described).toContain(`/_control/${name}`);
    }
    expect(described.every((path) => path.startsWith('/_control/'))).toBe(true);
    const html = await fetch(`${box().simulator.url}/_control/docs`, {
      headers: { accept: 'text/html' },
    });
    expect(await html.text()).toContain('POST /_control/purchases');
  });

  it.each([
    ['organizations', {}, "'name'"],
    ['organizations', { name: 'x', country: 'usa' }, 'body/country'],
    ['tokens', { uId: '1' }, 'there is no location 1'],
    ['purchases', { uId: 1, purchases: [] }, 'body/uId'],
    ['assignments', { uId: '1', assignments: [{ adamId: 'x' }] }, 'adamId'],
    ['people', { people: [{ name: 'x', managedBy: 'nobody' }] }, 'no organization nobody'],
    ['invitations/accept', { inviteCode: 'x', personId: 'nobody' }, 'there is no nobody'],
    ['settings', { pageSize: 0 }, 'body/pageSize'],
    ['settings', { pagesize: 5 }, 'additional properties'],
    ['settings', { limits: { maxApps: 5 } }, 'additional properties'],
    ['faults', { kind: 'nothing' }, 'there is no fault "nothing"'],
    ['faults', { kind: 'event.slow', settings: { seconds: 'x' } }, 'settings/seconds'],
    ['clock', { advanceSeconds: -5 }, 'advanceSeconds'],
    [`titles/1/update`, {}, 'no title 1'],
  ])('refuse %s %j and say why', async (path, body, message) => {
    const answer = await box().tryControl(path, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    });
  });

  it('refuse purchases nobody can make', async () => {
    const { uId } = await box().location();
    const buy = async (order: object): Promise<unknown> =>
      (await box().tryControl('purchases', { uId, purchases: [order] })).body['message'];
    expect(await buy({ adamId: '1', quantity: 1 })).toContain('no title 1');
    expect(await buy({ adamId: '425073498' })).toContain('not free');
    const refund = await box().tryControl('refunds', { uId, ...keynote, quantity: 1 });
    expect(refund.body['message']).toContain('no counted licenses');
  });

  it('switch faults on and off', async () => {
    const fault = await box().fault('event.slow', { seconds: 5 }, { probability: 0.5 });
    const { active, kinds } = await box().control('faults');
    expect(active).toMatchObject([{ id: fault['id'], kind: 'event.slow', struck: 0 }]);
    expect((kinds as Json[]).map(({ kind }) => kind)).toContain('notification.lost');
    const off = await fetch(`${box().simulator.url}/_control/faults?kind=event.slow`, {
      method: 'DELETE',
    });
    expect(await off.json()).toEqual({ removed: 1 });
  });

  it('assign as another product would, under its own name', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 3 }]);
    const mdmInfo = { id: 'theirs', name: 'Theirs', metadata: '2' };
    const result = await box().control('assignments', {
      uId: client.uId,
      mdmInfo,
      assignments: [
        { adamId: KEYNOTE, serialNumbers: ['A', 'B', 'C', 'D'], clientUserIds: ['nobody'] },
      ],
    });
    expect(result).toEqual({
      changed: 3,
      failures: [
        { ...keynote, errorNumber: 9609, count: 1 },
        { ...keynote, errorNumber: 9709, count: 1 },
      ],
    });
    expect((await client.get('/assets')).body['mdmInfo']).toEqual(mdmInfo);
    const again = { uId: client.uId, assignments: [{ adamId: KEYNOTE, serialNumbers: ['A'] }] };
    expect(await box().control('assignments', again)).toEqual({ changed: 0, failures: [] });
    expect(await client.counters()).not.toHaveProperty('repeatedPairs');
    const taken = await box().control('assignments', { ...again, operation: 'disassociate' });
    expect(taken).toMatchObject({ changed: 1 });
    const state = await box().control(`state?uId=${client.uId}&assignments=true`);
    expect(state['locations']).toMatchObject([
      {
        uId: client.uId,
        assignmentCount: 2,
        assignments: [{ serialNumber: 'B' }, { serialNumber: 'C' }],
      },
    ]);
  });

  it('register users with accounts in bulk', async () => {
    const client = await box().location();
    const { people } = await box().control('people', {
      people: [{ name: 'Zoe', appleAccount: 'Zoe@example.org' }],
    });
    const [zoe] = people as Json[];
    await box().control('users', {
      uId: client.uId,
      users: [{ clientUserId: 'z', personId: zoe?.['personId'] }, { clientUserId: 'y' }],
    });
    expect(await client.all('users')).toMatchObject([
      { clientUserId: 'z', status: 'Associated', idHash: zoe?.['idHash'] },
      { clientUserId: 'y', status: 'Registered' },
    ]);
    expect((await box().control('state'))['locations']).toContainEqual(
      expect.objectContaining({ uId: client.uId, users: { Associated: 1, Registered: 1 } }),
    );
  });

  it('journal pages and refusals too, with both times', async () => {
    const client = await box().location();
    await client.get('/users');
    await client.get('/users', { pageIndex: '9' });
    const mine = async (kind: string): Promise<Json[]> =>
      (await box().journal(kind)).filter(({ uId }) => uId === client.uId);
    expect(await mine('page.served')).toMatchObject([
      {
        endpoint: '/users',
        pageIndex: 0,
        size: 0,
        simulatedTime: expect.any(String),
        wallTime: expect.any(String),
      },
    ]);
    expect(await mine('request.refused')).toMatchObject([{ errorNumber: 9650, status: 400 }]);
    expect((await box().journal()).length).toBeGreaterThan(2);
  });
});

/** The first content token of a run with the seed. */
async function firstToken(seed: number): Promise<string> {
  await using box = await Box.start({ seed, start: new Date(0), speed: 0 });
  return (await box.location()).token;
}

describe('starting and stopping', () => {
  it('leaves nothing running, also when the port is taken', async () => {
    const { port } = new URL(box().simulator.url);
    await expect(startAppleSimulator({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });

  it('speaks https with a given certificate, and names https addresses', async () => {
    const { ca, server } = await certificates;
    await using secure = await startAppleSimulator({
      tls: { cert: server.certificate, key: server.key },
    });
    const agent = new Agent({ connect: { ca } });
    const { body } = await request(`${secure.url}/mdm/v2/service/config`, { dispatcher: agent });
    const { urls } = (await body.json()) as { urls: Record<string, string> };
    await agent.close();
    expect(secure.url).toMatch(/^https:/u);
    expect(urls['getAssets']).toBe(`${secure.url}/mdm/v2/assets`);
  });

  it('repeats itself for the same seed', async () => {
    expect(await firstToken(5)).toBe(await firstToken(5));
    expect(await firstToken(5)).not.toBe(await firstToken(6));
  });
});
