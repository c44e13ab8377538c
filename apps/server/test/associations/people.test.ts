import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { invitationLink, readLocationPeople } from '../../src/associations/index.ts';
import { updatePerson } from '../../src/directory/index.ts';
import { Stage, notability, pages } from '../support/stage.ts';
import { StagePeople } from './support/people.ts';

let stage: Stage;
let people: StagePeople;
const admin = { kind: 'cli', name: 'test' } as const;
/** So long the limits of Apple's are believed. */
const configLifeMs = 6 * 60_000;
const pride = '1900000001';
const soon = { timeout: 60_000, interval: 50 };

beforeEach(async () => {
  stage = await Stage.open();
  people = new StagePeople(stage);
});
afterEach(async () => stage[Symbol.asyncDispose]());

describe('people at Apple', () => {
  it('are created in batches before their licenses are asked for, in one request', async () => {
    await stage.harness.apple.post('/_control/settings', { limits: { maxUsers: 3 } });
    stage.harness.clock.advance(configLifeMs);
    const { groupId } = await people.group(7);
    await people.assign(notability, groupId);
    await stage.held(notability, 7);
    expect(await people.requests()).toEqual({ createUsers: 3, associate: 1 });
    expect(await people.atApple()).toHaveLength(7);
    expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
  });

  it('[brief 26] are invited by a link of their own; who accepts is tied to one Apple Account', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(pages, groupId);
    await people.reaches(person, 'registered');
    const { context } = stage.harness;
    const link = await invitationLink(context, stage.uId, person);
    expect(link).toMatch(/inviteCode=[^%&]+&mt=8$/);
    const path = `/api/people/${person}/apple-users`;
    const [forAdmin] = (await stage.harness.api.get<{ value: object[] }>(path)).value;
    expect(forAdmin).toMatchObject({ state: 'registered', reason: null, invitationUrl: link });
    const reader = await people.reader();
    const [forReader] = (await reader.get<{ value: object[] }>(path)).value;
    await reader.close();
    expect(forReader).toMatchObject({ state: 'registered', invitationUrl: null });
    await people.accept(person, await people.withAccount('sam@home.example'));
    await people.reaches(person, 'associated');
    expect(await invitationLink(context, stage.uId, person)).toBeUndefined();
    const [atApple] = await people.atApple();
    const row = await context.db
      .selectFrom('associations.appleUser')
      .select(['idHash', 'inviteCode'])
      .executeTakeFirst();
    expect(row).toEqual({ idHash: atApple?.idHash, inviteCode: null });
  });

  it('[brief 9] get an app by a user license only once an Apple Account of their own is tied to it', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(notability, groupId);
    const { id } = await stage.held(notability, 1);
    const device = async (): Promise<object | undefined> =>
      (await stage.harness.api.get<{ value: object[] }>(`/api/apps/${id}/devices`)).value[0];
    expect(await device()).toMatchObject({
      license: { state: 'held' },
      command: null,
      reason: { who: 'person', cause: expect.stringContaining('has not accepted') },
    });
    await people.accept(person, await people.withAccount('own@home.example'));
    await vi.waitFor(async () => {
      expect(await device()).toMatchObject({
        installState: 'pendingInstall',
        reason: { who: 'device', cause: expect.stringContaining('has not taken the command') },
      });
    }, soon);
  });

  it('with a Managed Apple Account need no invitation; a second account and mixed enrollments are pointed out [L 18] [L 21]', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    const { organizations } = await stage.harness.apple.get<{
      organizations: { organizationId: string }[];
    }>('/_control/state');
    await people.withAccount('p1@managed.example', organizations[0]?.organizationId);
    await people.assign(pages, groupId);
    await people.reaches(person, 'registered');
    await updatePerson(
      stage.harness.context,
      person,
      { managedAppleId: 'p1@managed.example', mail: 'p1@mail.example' },
      admin,
    );
    await people.reaches(person, 'associated');
    expect(await people.atApple()).toMatchObject([
      { status: 'Associated', email: 'p1@mail.example' },
    ]);
    const byAccount = await people.organization.device('BYACCOUNT1', { personId: person });
    const { db } = stage.harness.context;
    const { value: plain } = await stage.harness.api.get<{ value: object[] }>(
      `/api/people/${person}/apple-users`,
    );
    expect(plain).toMatchObject([{ mixedEnrollments: false, otherAccountOn: [] }]);
    await db
      .updateTable('devices.device')
      .set({ userEnrollment: true, storeAccountHash: 'of another account' })
      .where('id', '=', byAccount.deviceId)
      .execute();
    const { value } = await stage.harness.api.get<{ value: object[] }>(
      `/api/people/${person}/apple-users`,
    );
    expect(value).toMatchObject([
      { mixedEnrollments: true, otherAccountOn: [byAccount.deviceId], invitationUrl: null },
    ]);
  });

  it('whose Managed Apple Account Apple does not take are invited instead, and that is said', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await updatePerson(
      stage.harness.context,
      person,
      { managedAppleId: 'nobody@elsewhere.example' },
      admin,
    );
    await people.assign(notability, groupId);
    await stage.held(notability, 1);
    const { value } = await stage.harness.api.get<{ value: object[] }>(
      `/api/people/${person}/apple-users`,
    );
    expect(value).toMatchObject([
      {
        state: 'registered',
        errorNumber: 9635,
        reason: { who: 'person', next: expect.stringContaining('send an invitation') },
      },
    ]);
    expect(await invitationLink(stage.harness.context, stage.uId, person)).toBeDefined();
  });

  it.each([
    [9641, 'the account is another user’s', 'p1@managed.example', undefined],
    [9717, 'the address is none to Apple', undefined, 'somebody@nowhere'],
  ])(
    '(%i: %s) get their license by an invitation, and that is said',
    async (errorNumber, _what, managedAppleId, mail) => {
      const { groupId, personIds } = await people.group(2);
      const [first = '', second = ''] = personIds;
      const { context, apple, api } = stage.harness;
      if (managedAppleId !== undefined) {
        const { organizations } = await apple.get<{ organizations: { organizationId: string }[] }>(
          '/_control/state',
        );
        await people.withAccount(managedAppleId, organizations[0]?.organizationId);
        await updatePerson(context, first, { managedAppleId }, admin);
        await people.assign(pages, groupId);
        await people.reaches(first, 'associated');
        await updatePerson(context, second, { managedAppleId }, admin);
      } else {
        await updatePerson(context, second, { mail }, admin);
        await people.assign(pages, groupId);
      }
      await vi.waitFor(async () => {
        const { value } = await api.get<{ value: object[] }>(`/api/people/${second}/apple-users`);
        expect(value).toMatchObject([
          { state: 'registered', errorNumber, reason: { cause: expect.stringMatching(/./) } },
        ]);
      }, soon);
      await stage.held(pages, 2);
      expect(await invitationLink(context, stage.uId, second)).toBeDefined();
    },
  );

  it('[brief 25] cannot have the account of a content token as their own', async () => {
    const person = await people.organization.person('ann');
    const { token } = await stage.harness.context.db
      .selectFrom('library.token')
      .select('appleId as token')
      .executeTakeFirstOrThrow();
    await expect(
      updatePerson(stage.harness.context, person, { managedAppleId: token.toUpperCase() }, admin),
    ).rejects.toMatchObject({ code: 'programAccount', field: 'managedAppleId' });
  });

  it('[brief 10] who share an Apple Account: the second is refused the title and says why', async () => {
    const { groupId, personIds } = await people.group(2);
    const [first = '', second = ''] = personIds;
    await people.assign(pages, groupId);
    await people.reaches(first, 'registered');
    await people.reaches(second, 'registered');
    const shared = await people.withAccount('family@home.example');
    await people.accept(first, shared);
    await people.accept(second, shared);
    await people.reaches(second, 'associated');
    await people.assign(notability, groupId);
    await stage.held(notability, 1);
    await vi.waitFor(async () => {
      const refused = await stage.harness.context.db
        .selectFrom('grants.demand')
        .innerJoin('library.asset', 'library.asset.id', 'grants.demand.assetId')
        .select(['granted', 'failureMessage'])
        .where('failure', '=', 9616)
        .where('adamId', '=', notability)
        .execute();
      expect(refused).toMatchObject([
        { granted: false, failureMessage: expect.stringContaining('same Apple Account') },
      ]);
    }, soon);
    expect(await people.user(second)).toMatchObject({ sharesAccountWith: [first] });
    expect(await stage.asset(notability)).toMatchObject({ assigned: 1, maximumAssigned: 1 });
  });

  it('[brief 20] [brief 21] [brief 22] of another product are counted and nothing else, and are to leave first', async () => {
    const { harness, uId } = stage;
    await harness.apple.post('/_control/users', {
      uId,
      users: [
        { clientUserId: 'other-1', email: 'stranger@other.example' },
        { clientUserId: 'other-2' },
      ],
    });
    harness.clock.advance(13 * 60 * 60_000);
    await vi.waitFor(
      async () =>
        expect(await readLocationPeople(harness.context.db, uId)).toMatchObject({
          foreignUsers: 2,
          registered: 0,
        }),
      soon,
    );
    expect(await harness.api.get(`/api/locations/${uId}/people`)).toMatchObject({
      foreignUsers: 2,
      advice: expect.stringContaining('Retire them there before'),
    });
    const { groupId } = await people.group(1);
    await people.assign(pages, groupId);
    await stage.held(pages, 1);
    const known = await harness.context.db
      .selectFrom('library.holder')
      .select('key')
      .where('kind', '=', 'person')
      .execute();
    expect(known).toHaveLength(1);
  });
});

describe('books', () => {
  it('[brief 11] are synced apart, and licensed to people for good', async () => {
    const { api } = stage.harness;
    await stage.buy([{ adamId: pride, quantity: 3 }]);
    const [token] = (await api.get<{ value: { id: string }[] }>('/api/tokens')).value;
    await api.post(`/beta/deviceAppManagement/vppTokens/${token?.id}/syncLicenses`);
    const path = '/v1.0/deviceAppManagement/managedEBooks';
    const [book] = await vi.waitFor(async () => {
      const { value } = await api.get<{ value: { id: string }[] }>(path);
      expect(value).toMatchObject([{ displayName: 'Pride and Prejudice', totalLicenseCount: 3 }]);
      return value;
    }, soon);
    const { groupId } = await people.group(4);
    await api.post(`${path}/${book?.id}/assign`, {
      managedEBookAssignments: [
        {
          installIntent: 'required',
          target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId },
        },
      ],
    });
    const holders = async (): Promise<{ license: { state: string } }[]> =>
      (await api.get<{ value: { license: { state: string } }[] }>(`/api/books/${book?.id}/people`))
        .value;
    await vi.waitFor(async () => {
      const states = (await holders()).map(({ license }) => license.state).toSorted();
      expect(states).toEqual(['held', 'held', 'held', 'waiting']);
    }, soon);
    expect(await stage.asset(pride)).toMatchObject({ assigned: 3, maximumAssigned: 3 });
    await api.post(`${path}/${book?.id}/assign`, { managedEBookAssignments: [] });
    await vi.waitFor(async () => expect(await holders()).toHaveLength(3), soon);
    expect((await stage.counted())['disassociateRequests'] ?? 0).toBe(0);
  });
});
