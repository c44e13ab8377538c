import { LocationClient } from '@allotment/apps-and-books';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { continueDeletion } from '../../src/operations/delete-token.ts';
import { cancelOperation, deleteToken } from '../../src/operations/index.ts';
import { Stage } from '../support/stage.ts';

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
  await vi.waitFor(async () => expect(await ours()).toEqual({ subscribed: true, claimed: true }), {
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
  const update = LocationClient.prototype.updateClientConfig;
  let canceled = false;
  vi.spyOn(LocationClient.prototype, 'updateClientConfig').mockImplementation(async function (
    this: LocationClient,
    change,
    signal,
  ) {
    if (!canceled && change.mdmInfo?.metadata.includes('released') === true) {
      const { id } = await context.db
        .selectFrom('operations.operation')
        .select('id')
        .executeTakeFirstOrThrow();
      await cancelOperation(context, id, admin);
      canceled = true;
    }
    return update.call(this, change, signal);
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
