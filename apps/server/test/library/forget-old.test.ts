import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Stage } from '../support/stage.ts';

const dayMs = 24 * 60 * 60_000;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => stage[Symbol.asyncDispose]());

async function notification(
  notificationId: string,
  appliedDaysAgo: number | null,
  locationUid = stage.uId,
): Promise<void> {
  const { db, clock } = stage.harness.context;
  const at = new Date(clock.now().getTime() - (appliedDaysAgo ?? 40) * dayMs);
  await db
    .insertInto('library.notification')
    .values({
      notificationId,
      locationUid,
      type: 'TEST_NOTIFICATION',
      body: '{}',
      receivedAt: at,
      appliedAt: appliedDaysAgo === null ? null : at,
      // Whether it is ours is not clear yet: that keeps it, too.
      oursBy: appliedDaysAgo === null ? new Date(clock.now().getTime() + dayMs) : null,
    })
    .execute();
}

it('what nobody asks for any more is forgotten after a sync: old notifications, also of locations without a token, and old syncs but the last twenty', async () => {
  const { db, clock } = stage.harness.context;
  const { id: tokenId } = await db
    .selectFrom('library.token')
    .select('id')
    .executeTakeFirstOrThrow();
  await notification('old', 31);
  await notification('recent', 29);
  await notification('unclear', null);
  await notification('left', 31, 'without-token');
  const daysAgo = (days: number): Date => new Date(clock.now().getTime() - days * dayMs);
  await db
    .insertInto('library.sync')
    .values(
      Array.from({ length: 30 }, (_, i) => ({
        tokenId,
        trigger: 'schedule',
        state: 'completed',
        createdAt: daysAgo(100 + i),
        finishedAt: daysAgo(100 + i),
      })),
    )
    .execute();
  await stage.harness.api.post(`/beta/deviceAppManagement/vppTokens/${tokenId}/syncLicenses`);
  await vi.waitFor(
    async () => {
      const left = await db
        .selectFrom('library.notification')
        .select('notificationId')
        .where('notificationId', 'in', ['old', 'recent', 'unclear', 'left'])
        .orderBy('notificationId')
        .execute();
      expect(left.map((one) => one.notificationId)).toEqual(['recent', 'unclear']);
      const syncs = await db.selectFrom('library.sync').select('id').execute();
      expect(syncs).toHaveLength(20);
    },
    { timeout: 60_000, interval: 100 },
  );
});
