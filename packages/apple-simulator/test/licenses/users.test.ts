import { describe, expect, it } from 'vitest';

import { type Client, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const BOOK = '1900000001';
const box = useBox();

async function person(appleAccount: string, managedBy?: string): Promise<Json> {
  const { people } = await box().control('people', {
    people: [{ name: 'Somebody', appleAccount, ...(managedBy && { managedBy }) }],
  });
  return (people as Json[])[0] ?? {};
}

let accounts = 0;
const newAccount = (): string => `person${++accounts}@example.org`;

const create = (client: Client, user: object): Promise<Json> =>
  client.run('/users/create', { users: [user] });

const rows = (client: Client, clientUserId: string): Promise<Json[]> =>
  client.all('users', { clientUserId });

/** Registers a user and lets the person accept the invitation. Answers the row's idHash. */
async function associated(client: Client, clientUserId: string, somebody: Json): Promise<unknown> {
  await create(client, { clientUserId });
  const row = (await rows(client, clientUserId)).find(({ status }) => status === 'Registered');
  await box().control('invitations/accept', {
    inviteCode: row?.['inviteCode'],
    personId: somebody['personId'],
  });
  return somebody['idHash'];
}

describe('users', () => {
  it('are Registered with an invitation, then Associated with an idHash', async () => {
    const client = await box().location();
    const status = await create(client, { clientUserId: 'ann', email: 'ann@example.org' });
    expect(status).toMatchObject({ eventType: 'CREATE', eventStatus: 'COMPLETE' });
    expect(await rows(client, 'ann')).toEqual([
      {
        clientUserId: 'ann',
        email: 'ann@example.org',
        status: 'Registered',
        inviteCode: expect.stringMatching(/^[0-9a-f]{32}$/u),
      },
    ]);
    const idHash = await associated(client, 'bea', await person(newAccount()));
    expect(idHash).toMatch(/^[A-Za-z0-9+/]{27}=$/u);
    expect(await rows(client, 'bea')).toEqual([
      { clientUserId: 'bea', status: 'Associated', idHash },
    ]);
  });

  it('accept on the page that the invitation links to', async () => {
    const client = await box().location();
    await create(client, { clientUserId: 'ann' });
    const [row] = await rows(client, 'ann');
    const { urls } = (await (
      await fetch(`${box().simulator.url}/mdm/v2/service/config`)
    ).json()) as { urls: { invitationEmail: string } };
    const link = urls.invitationEmail.replace(
      '%25inviteCode%25',
      encodeURIComponent(String(row?.['inviteCode'])),
    );
    expect(await (await fetch(link)).text()).toContain('Apple Account');
    const account = newAccount();
    await person(account);
    const submit = (appleAccount: string): Promise<Response> =>
      fetch(link, { method: 'POST', body: new URLSearchParams({ appleAccount }) });
    expect((await submit('nobody@example.org')).status).toBe(400);
    expect((await submit(account)).status).toBe(200);
    expect((await submit(account)).status).toBe(400);
    expect(await rows(client, 'ann')).toMatchObject([{ status: 'Associated' }]);
  });

  it('with a managed account are Associated at once', async () => {
    const client = await box().location();
    const account = newAccount();
    const { idHash } = await person(account, client.organizationId);
    await create(client, { clientUserId: 'ann', managedAppleId: account });
    expect(await rows(client, 'ann')).toEqual([
      { clientUserId: 'ann', status: 'Associated', idHash },
    ]);
    const again = await client.run('/users/update', {
      users: [{ clientUserId: 'ann', managedAppleId: account, email: 'a@example.org' }],
    });
    expect(again).toMatchObject({ eventStatus: 'COMPLETE', eventType: 'UPDATE' });
  });

  it('cannot have a managed account that is foreign, unknown (9635) or somebody else’s (9641)', async () => {
    const client = await box().location();
    const [own, foreign] = [newAccount(), newAccount()];
    await person(own, client.organizationId);
    await person(foreign);
    await create(client, { clientUserId: 'ann', managedAppleId: own });
    const status = await client.run('/users/create', {
      users: [
        { clientUserId: 'bea', managedAppleId: own },
        { clientUserId: 'cat', managedAppleId: foreign },
        { clientUserId: 'dan', managedAppleId: 'nobody@example.org' },
        { clientUserId: 'eve' },
      ],
    });
    expect(status).toMatchObject({ eventStatus: 'FAILED', numRequested: 4, numCompleted: 1 });
    const failures = status['failures'] as { errorNumber: number; errorInfo: Json }[];
    expect(
      failures.map(({ errorNumber, errorInfo }) => [errorNumber, errorInfo['clientUserIds']]),
    ).toEqual([
      [9641, ['bea']],
      [9635, ['cat', 'dan']],
    ]);
  });

  it('can be created once (9716), and retired or updated only while there (9609)', async () => {
    const client = await box().location();
    await create(client, { clientUserId: 'ann' });
    const number = async (path: string, clientUserId: string): Promise<unknown> =>
      (
        (await client.run(path, { users: [{ clientUserId }] }))['failures'] as Json[] | undefined
      )?.[0]?.['errorNumber'];
    expect(await number('/users/create', 'ann')).toBe(9716);
    expect(await number('/users/update', 'nobody')).toBe(9609);
    expect(await number('/users/retire', 'ann')).toBeUndefined();
    expect(await number('/users/retire', 'ann')).toBe(9609);
  });

  it('return apps when retired, books stay used up', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 3 },
      { adamId: BOOK, quantity: 3 },
    ]);
    const idHash = await associated(client, 'ann', await person(newAccount()));
    await client.run('/assets/associate', {
      assets: [{ adamId: KEYNOTE }, { adamId: BOOK }],
      clientUserIds: ['ann'],
    });
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    expect(await rows(client, 'ann')).toEqual([{ clientUserId: 'ann', status: 'Retired', idHash }]);
    expect(await client.asset(KEYNOTE)).toMatchObject({
      assignedCount: 0,
      availableCount: 3,
      retiredCount: 0,
    });
    expect(await client.asset(BOOK)).toMatchObject({
      assignedCount: 0,
      availableCount: 2,
      retiredCount: 1,
    });
    expect(await client.all('assignments', { includeUserState: 'true' })).toEqual([
      { adamId: BOOK, pricingParam: 'STDQ', clientUserId: 'ann', userStatus: 'Retired', idHash },
    ]);
  });

  it('who come back have their books again, and use them up again', async () => {
    const client = await box().location([{ adamId: BOOK, quantity: 3 }]);
    await create(client, { clientUserId: 'ann' });
    await client.run('/assets/associate', { assets: [{ adamId: BOOK }], clientUserIds: ['ann'] });
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    await create(client, { clientUserId: 'ann' });
    expect(await client.asset(BOOK)).toMatchObject({
      assignedCount: 1,
      retiredCount: 0,
      totalCount: 3,
    });
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    expect(await client.asset(BOOK)).toMatchObject({
      assignedCount: 0,
      retiredCount: 1,
      totalCount: 2,
    });
  });

  it('who never accepted return as the same row', async () => {
    const client = await box().location();
    await create(client, { clientUserId: 'ann' });
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    await create(client, { clientUserId: 'ann' });
    expect(await rows(client, 'ann')).toMatchObject([
      { status: 'Registered', inviteCode: expect.any(String) },
    ]);
  });

  it('who had accepted get a new row, until the same Apple Account brings the old one back', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 3 }]);
    const somebody = await person(newAccount());
    await associated(client, 'ann', somebody);
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    await create(client, { clientUserId: 'ann' });
    expect(new Set((await rows(client, 'ann')).map(({ status }) => status))).toEqual(
      new Set(['Registered', 'Retired']),
    );
    await client.run('/assets/associate', {
      assets: [{ adamId: KEYNOTE }],
      clientUserIds: ['ann'],
    });

    const code = (await rows(client, 'ann')).find(({ status }) => status === 'Registered')?.[
      'inviteCode'
    ];
    await box().control('invitations/accept', { inviteCode: code, personId: somebody['personId'] });

    expect(
      (await rows(client, 'ann')).toSorted((a, b) =>
        String(a['status']) < String(b['status']) ? -1 : 1,
      ),
    ).toEqual([
      { clientUserId: 'ann', status: 'Associated', idHash: somebody['idHash'] },
      { clientUserId: 'ann', status: 'Retired' },
    ]);
    expect(await client.all('assignments', { includeUserState: 'true' })).toMatchObject([
      { userStatus: 'Associated' },
    ]);
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 1 });
  });

  it('with another Apple Account keep the new row', async () => {
    const client = await box().location();
    const first = await associated(client, 'ann', await person(newAccount()));
    await client.run('/users/retire', { users: [{ clientUserId: 'ann' }] });
    const second = await associated(client, 'ann', await person(newAccount()));
    expect(await rows(client, 'ann')).toEqual([
      { clientUserId: 'ann', status: 'Retired', idHash: first },
      { clientUserId: 'ann', status: 'Associated', idHash: second },
    ]);
  });

  it('can share an Apple Account, but then not a title (9616)', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    const somebody = await person(newAccount());
    await associated(client, 'ann', somebody);
    await associated(client, 'bea', somebody);
    const status = await client.run('/assets/associate', {
      assets: [{ adamId: KEYNOTE }],
      clientUserIds: ['ann', 'bea'],
    });
    expect(status).toMatchObject({
      eventStatus: 'FAILED',
      numCompleted: 1,
      failures: [{ errorNumber: 9616, errorInfo: { clientUserIds: ['bea'] } }],
    });
  });

  it('are listed active, retired, or changed since', async () => {
    const client = await box().location();
    await client.run('/users/create', {
      users: ['a', 'b', 'c'].map((clientUserId) => ({ clientUserId })),
    });
    const { body } = await client.get('/users');
    await client.run('/users/retire', { users: [{ clientUserId: 'b' }] });
    const ids = async (query: Record<string, string>): Promise<unknown[]> =>
      (await client.all('users', query)).map(({ clientUserId }) => clientUserId);
    expect(await ids({ activeOnly: 'true' })).toEqual(['a', 'c']);
    expect(await ids({ retiredOnly: 'true' })).toEqual(['b']);
    expect(await ids({ sinceVersionId: String(body['versionId']) })).toEqual(['b']);
  });
});
