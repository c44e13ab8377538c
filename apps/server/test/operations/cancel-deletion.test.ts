import { LocationClient } from '@allotment/apps-and-books';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { continueDeletion } from '../../src/operations/delete-token.ts';
import { cancelOperation, deleteToken } from '../../src/operations/index.ts';
import { sameValue, Stage } from '../support/stage.ts';

const admin = { kind: 'administrator', name: 'Ada' } as const;
const order = { reason: 'School closed' };
const soon = { timeout: 15_000, interval: 50 };

let stage: Stage;
let tokenId: string;

beforeEach(async () => {
  stage = await Stage.open();
  const { id } = await stage.harness.context.db
    .selectFrom('library.token')
    .select('id')
    .executeTakeFirstOrThrow();
  tokenId = id;
  await vi.waitFor(async () => sameValue(await ours(), { subscribed: true, claimed: true }), {
    timeout: 60_000,
    interval: 50,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stage[Symbol.asyncDispose]();
});

/** Whether Apple sends us notifications of the location, and shows that we manage it. */
async function ours(): Promise<{ readonly subscribed: boolean; readonly claimed: boolean }> {
  const { locations } = await stage.harness.apple.get<{
    locations: { subscribedTypes: string[]; mdmInfo: { metadata: string } | null }[];
  }>(`/_control/state?uId=${stage.uId}`);
  const [location] = locations;
  return {
    subscribed: (location?.subscribedTypes.length ?? 0) > 0,
    claimed: location?.mdmInfo?.metadata.includes('lineage') === true,
  };
}

it('a deletion that is canceled while it withdraws at Apple leaves the location subscribed and claimed', async () => {
  const { context } = stage.harness;
  let canceled = false;
  const cancel = async (): Promise<void> => {
    const { id } = await context.db
      .selectFrom('operations.operation')
      .select('id')
      .executeTakeFirstOrThrow();
    await cancelOperation(context, id, admin);
    canceled = true;
  };
  const locate = context.apple.location.bind(context.apple);
  vi.spyOn(context.apple, 'location').mockImplementation((...which) => {
    const client = locate(...which);
    const update = client.updateClientConfig.bind(client);
    client.updateClientConfig = async (change, signal) => {
      if (!canceled && change.mdmInfo?.metadata.includes('released') === true) await cancel();
      return update(change, signal);
    };
    return client;
  });
  await deleteToken(context, tokenId, order, admin);
  await vi.waitFor(() => expect(canceled).toBe(true), { timeout: 60_000 });
  await vi.waitFor(
    async () => expect(await ours()).toEqual({ subscribed: true, claimed: true }),
    soon,
  );
});

it('one that is canceled before it asks Apple withdraws nothing', async () => {
  const { context } = stage.harness;
  const { name } = await context.db
    .selectFrom('library.location')
    .select('name')
    .executeTakeFirstOrThrow();
  const at = context.clock.now();
  const operation = await context.db
    .insertInto('operations.operation')
    .values({
      kind: 'deleteToken',
      tokenId,
      tokenName: name,
      locationUid: stage.uId,
      locationName: name,
      step: 'withdrawing',
      state: 'canceled',
      total: 0,
      plan: '{}',
      reason: order.reason,
      requestedBy: admin.name,
      requestedByKind: admin.kind,
      createdAt: at,
      stepAt: at,
      finishedAt: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const update = vi.spyOn(LocationClient.prototype, 'updateClientConfig');
  await continueDeletion(context, operation, context.signal);
  expect(update).not.toHaveBeenCalled();
});
