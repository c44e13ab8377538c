import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stage, notability } from '../support/stage.ts';

interface Token {
  readonly id: string;
}
interface Operation {
  readonly id: string;
  readonly state: string;
  readonly result: unknown;
}
interface Plan {
  readonly licenses: object;
  readonly will: readonly string[];
  readonly willNot: readonly string[];
}

const tokens = '/beta/deviceAppManagement/vppTokens';
const soon = { timeout: 60_000, interval: 50 };
let stage: Stage;
let token: Token;
let groupId: string;

/** Another token of the same location, which stands by. */
async function standBy(): Promise<Token> {
  const { api, apple } = stage.harness;
  return api.post<Token>(tokens, {
    displayName: 'Stands by',
    appleId: 'apps@flow.example.org',
    vppTokenAccountType: 'business',
    countryOrRegion: 'us',
    automaticallyUpdateApps: false,
    dataSharingConsentGranted: true,
    allowDuplicate: true,
    token: await apple.text('/_control/tokens', { uId: stage.uId }),
  });
}

/** An operation as it stands in the database. */
const operationOf = (more: object) => ({
  kind: 'revokeAll',
  locationUid: stage.uId,
  locationName: 'Flow',
  tokenId: randomUUID(),
  tokenName: 'Gone',
  step: 'reading',
  total: 3,
  plan: '{}',
  reason: 'We move to another product',
  requestedBy: 'test',
  requestedByKind: 'cli',
  createdAt: stage.harness.clock.now(),
  stepAt: stage.harness.clock.now(),
  ...more,
});

/** Three of our devices hold the app, and one of another product's. */
beforeEach(async () => {
  stage = await Stage.open();
  const { api, apple } = stage.harness;
  const [first] = (await api.get<{ value: Token[] }>(tokens)).value;
  if (first === undefined) throw new Error('there is no token');
  token = first;
  await apple.post('/_control/assignments', {
    uId: stage.uId,
    assignments: [{ adamId: notability, serialNumbers: ['STRANGER01'] }],
  });
  ({ groupId } = await stage.group(3));
  await stage.assign(notability, [groupId]);
  await stage.held(notability, 3);
});
afterEach(async () => stage[Symbol.asyncDispose]());

/** The operation once it has ended; time goes on meanwhile. */
async function ended(id: string): Promise<Operation> {
  return vi.waitFor(async () => {
    stage.harness.clock.advance(1_000);
    const operation = await stage.harness.api.get<Operation>(`/api/operations/${id}`);
    expect(operation.state).not.toBe('running');
    return operation;
  }, soon);
}

/** What the list of tokens says of the location: null while licenses are granted there. */
async function closed(): Promise<unknown> {
  const { value } = await stage.harness.api.get<{
    value: { id: string; location: { closed: unknown } }[];
  }>('/api/tokens');
  return value.find(({ id }) => id === token.id)?.location.closed;
}

describe('all licenses of a token', () => {
  it('[brief 69] go back, are not given again before somebody says so, and others’ stay', async () => {
    const { api } = stage.harness;
    const plan = await api.get<Plan>(`/api/tokens/${token.id}/revoke-plan`);
    expect(plan.licenses).toMatchObject({ ours: 3, notOurs: 1, irrevocable: 0 });
    expect(plan.will[0]).toContain('3 licenses');
    expect(plan.willNot[0]).toContain('No app is removed');
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/revoke-licenses`, {
      reason: 'We move to another product',
      agreed: 3,
    });
    expect(await ended(id)).toMatchObject({
      state: 'completed',
      result: { returned: 3, refused: 0, notOurs: 1, readError: null },
    });
    expect(await stage.asset(notability)).toMatchObject({ assigned: 1 });
    expect(await stage.app(notability)).toMatchObject({ held: 0, changing: 0, waiting: 0 });
    expect(await stage.counted()).toMatchObject({ disassociateRequests: 1 });

    const { groupId: more } = await stage.group(2);
    await stage.assign(notability, [more]);
    await vi.waitFor(async () => expect((await stage.app(notability)).waiting).toBe(2), soon);
    expect(await closed()).toMatchObject({ reason: 'We move to another product' });
    await api.post(`/api/locations/${stage.uId}/reopen`, { reason: 'We stay after all' });
    await stage.held(notability, 2);
    expect(await closed()).toBeNull();
  });

  it('are not granted again while they are still being taken back', async () => {
    const { api } = stage.harness;
    await api.post(`/api/locations/${stage.uId}/pause`, { reason: 'Not today' });
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/revoke-licenses`, {
      reason: 'We move to another product',
      agreed: 3,
    });
    const reopen = async () =>
      api.post(`/api/locations/${stage.uId}/reopen`, { reason: 'We stay' });
    await expect(reopen()).rejects.toThrow('operationRunning');
    expect(await closed()).not.toBeNull();
    await api.post(`/api/operations/${id}/cancel`, {});
    await reopen();
    await api.post(`/api/locations/${stage.uId}/resume`, { reason: 'Now' });
    await stage.held(notability, 3);
  });

  it('go back although the token is deleted meanwhile: the other one of the location serves', async () => {
    const { api } = stage.harness;
    await standBy();
    await api.post(`/api/locations/${stage.uId}/pause`, { reason: 'Not yet' });
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/revoke-licenses`, {
      reason: 'We move to another product',
      agreed: 3,
    });
    await api.post(`/api/tokens/${token.id}/delete`, { reason: 'It is the old one' });
    await api.post(`/api/locations/${stage.uId}/resume`, { reason: 'Now' });
    expect(await ended(id)).toMatchObject({
      state: 'completed',
      result: { returned: 3, refused: 0, notOurs: 1, readError: null },
    });
  });

  it('are read once more with the token that serves when the one that did is deleted', async () => {
    const { id } = await stage.harness.context.db
      .insertInto('operations.operation')
      .values(operationOf({}))
      .returning('id')
      .executeTakeFirstOrThrow();
    expect(await ended(id)).toMatchObject({
      state: 'completed',
      result: { refused: 3, notOurs: 1, readError: null },
    });
  });

  it('go back although an operation elsewhere fails', async () => {
    const { api, context, clock } = stage.harness;
    await context.db
      .insertInto('library.location')
      .values({ uid: 'elsewhere', name: 'Elsewhere', createdAt: clock.now() })
      .execute();
    const broken = '00000000-0000-0000-0000-000000000001';
    await context.db
      .insertInto('operations.operation')
      .values(
        operationOf({
          id: broken,
          locationUid: 'elsewhere',
          step: 'holding',
          requestedByKind: 'nobody',
        }),
      )
      .execute();
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/revoke-licenses`, {
      reason: 'We move to another product',
      agreed: 3,
    });
    expect(await ended(id)).toMatchObject({ state: 'completed', result: { returned: 3 } });
    const failing = api.get<{ waitsFor: string }>(`/api/operations/${broken}`);
    expect((await failing).waitsFor).toContain('tried again');
  });

  it('stay where they are when there are more by now than was agreed to', async () => {
    const begin = stage.harness.api.post(`/api/tokens/${token.id}/revoke-licenses`, {
      reason: 'Too late',
      agreed: 2,
    });
    await expect(begin).rejects.toThrow('planChanged');
    expect(await stage.app(notability)).toMatchObject({ held: 3 });
    const { value } = await stage.harness.api.get<{ value: unknown[] }>('/api/operations');
    expect(value).toEqual([]);
  });

  it('[brief 69] go back over Graph, those of others never', async () => {
    const path = `${tokens}/${token.id}/revokeLicenses`;
    const { api } = stage.harness;
    const untracked = { notifyManagedDevices: false, revokeUntrackedLicenses: true };
    await expect(api.post(path, untracked)).rejects.toThrow('revokeUntrackedLicenses');
    await api.post(path, { notifyManagedDevices: false });
    await stage.heldLater(notability, 0, 1_000);
    await vi.waitFor(
      async () => expect(await stage.asset(notability)).toMatchObject({ assigned: 1 }),
      soon,
    );
  });
});

describe('a token', () => {
  it('[brief 67] [brief 68] that is deleted leaves its licenses at Apple, where nobody here can revoke them', async () => {
    const { api } = stage.harness;
    const app = await stage.app(notability);
    const plan = await api.get<Plan>(`/api/tokens/${token.id}/delete-plan`);
    expect(plan.willNot[0]).toContain('3 assigned from here stay');
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/delete`, {
      reason: 'School closed',
    });
    expect(await ended(id)).toMatchObject({
      state: 'completed',
      result: { stillAssigned: 3, notOurs: 1, withdrawn: { notifications: true, claim: true } },
    });
    const { value: audit } = await api.get<{ value: { action: string }[] }>('/api/audit');
    expect(audit.find(({ action }) => action === 'deleteVppToken')).toMatchObject({
      actor: { kind: 'apiToken' },
      reason: 'School closed',
    });
    expect(await stage.apps()).toEqual([]);
    expect(await stage.asset(notability)).toMatchObject({ assigned: 4 });
    expect((await stage.counted())['disassociateRequests'] ?? 0).toBe(0);
    const revoke = api.post(`/api/apps/${app.id}/revoke-licenses`, { reason: 'Too late' });
    await expect(revoke).rejects.toThrow('appNotFound');
    const all = api.get(`/api/tokens/${token.id}/revoke-plan`);
    await expect(all).rejects.toThrow('tokenNotFound');
  });

  it('that is being deleted is not deleted twice, though another one has come meanwhile', async () => {
    const { api, clock, context } = stage.harness;
    // Something that Apple is working on keeps the deletion waiting.
    await context.db
      .insertInto('associations.appleRequest')
      .values({
        locationUid: stage.uId,
        op: 'associate',
        epoch: 1,
        state: 'accepted',
        assetIds: [],
        holderIds: [],
        createdAt: clock.now(),
        nextCheckAt: new Date(clock.now().getTime() + 3_600_000),
      })
      .execute();
    const path = `/api/tokens/${token.id}/delete`;
    const { id } = await api.post<Operation>(path, { reason: 'School closed' });
    await standBy();
    await expect(api.post(path, { reason: 'Once more' })).rejects.toThrow('operationRunning');
    await api.post(`/api/operations/${id}/cancel`, {});
    await api.post(path, { reason: 'Now' });
    const left = (await api.get<{ value: Token[] }>(tokens)).value;
    expect(left.map((one) => one.id)).not.toContain(token.id);
  });

  it('that comes back after it was deleted finds its licenses its own, without asking for any again', async () => {
    const { api, apple } = stage.harness;
    const { id } = await api.post<Operation>(`/api/tokens/${token.id}/delete`, {
      reason: 'By mistake',
    });
    await ended(id);
    await api.post(tokens, {
      displayName: 'Back again',
      appleId: 'apps@flow.example.org',
      vppTokenAccountType: 'business',
      countryOrRegion: 'us',
      automaticallyUpdateApps: false,
      dataSharingConsentGranted: true,
      token: await apple.text('/_control/tokens', { uId: stage.uId }),
    });
    await vi.waitFor(async () => {
      expect(await stage.app(notability)).toMatchObject({ held: 3, foreign: 1 });
    }, soon);
    await stage.assign(notability, [groupId]);
    await vi.waitFor(async () => {
      expect(await stage.app(notability)).toMatchObject({ held: 3, waiting: 0, changing: 0 });
    }, soon);
    expect(await stage.counted()).toMatchObject({ associateRequests: 1, pairs: 3 });
  });
});
