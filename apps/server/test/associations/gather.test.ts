import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { serveLocation } from '../../src/associations/writer.ts';
import { leaveNote } from '../../src/db/notes.ts';
import { sealToken } from '../../src/library/secrets.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const hourMs = 60 * 60_000;

it('the writer waits for decisions that are still being made, also where an old change is not to be sent yet', async () => {
  const { context, clock } = test;
  const { db } = context;
  const locationUid = 'gather';
  const organization = new TestOrganization(context);
  const { tokenId } = await organization.location(locationUid);
  const { assetId } = await organization.app({ uid: locationUid, tokenId }, 5);
  await db
    .updateTable('library.token')
    .set({ secret: sealToken(context, tokenId, 'a token') })
    .where('id', '=', tokenId)
    .execute();
  await db
    .updateTable('library.location')
    .set({ ownerState: 'ours' })
    .where('uid', '=', locationUid)
    .execute();
  const open = async (holderId: number, ageMs: number, pauseMs: number): Promise<void> => {
    const now = clock.now().getTime();
    await db
      .insertInto('grants.openChange')
      .values({
        assetId,
        holderId,
        op: 'disassociate',
        createdAt: new Date(now - ageMs),
        notBefore: new Date(now + pauseMs),
      })
      .execute();
  };
  const processId = randomUUID();
  // What comes before all sending.
  const limits = vi.spyOn(context.apple, 'serviceConfig').mockRejectedValue(new Error('unplanned'));
  const serve = async (): Promise<boolean> =>
    serveLocation(context, processId, locationUid, context.signal);

  await leaveNote(db, 'grants', 'asset', String(assetId));
  await open(1, hourMs, hourMs);
  await open(2, 0, 0);
  await serve();
  expect(limits).not.toHaveBeenCalled();
  clock.advance(4_000);
  await serve();
  expect(limits).toHaveBeenCalledOnce();
});
