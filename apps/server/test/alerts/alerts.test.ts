import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  expiryWarning,
  listAlerts,
  markAlertSeen,
  tokenHealth,
  updateAlertSettings,
} from '../../src/alerts/index.ts';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const dayMs = 86_400_000;
const actor = { kind: 'administrator', id: 'a-1', name: 'Ada' } as const;
let test: TestContext;
let organization: TestOrganization;
let locations = 0;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await test.context.db.deleteFrom('alerts.alert').execute();
  await test.context.db
    .updateTable('library.token')
    .set({ state: 'duplicateLocationId' })
    .execute();
});

/** Time goes on, and alerts are looked for. */
async function look(afterMs = 10 * 60_000): Promise<void> {
  test.clock.advance(afterMs);
  for (const worker of alertsWorkers(test.context)) await worker.run(test.context.signal);
}

async function token(expiresInDays: number): Promise<{ uid: string; tokenId: string }> {
  locations += 1;
  const uid = `204900000000${locations}`;
  const { tokenId } = await organization.location(uid);
  const expiresAt = new Date(test.clock.now().getTime() + expiresInDays * dayMs);
  await test.context.db
    .updateTable('library.token')
    .set({ expiresAt, createdAt: test.clock.now() })
    .where('id', '=', tokenId)
    .execute();
  return { uid, tokenId };
}

async function open(subjectId: string) {
  const { rows } = await listAlerts(test.context.db, { state: 'open', top: 100, skip: 0 });
  return rows.filter((row) => row.subjectId === subjectId);
}

async function change(tokenId: string, columns: { state?: string; stateReason?: string }) {
  await test.context.db
    .updateTable('library.token')
    .set(columns)
    .where('id', '=', tokenId)
    .execute();
}

describe('a token near its end', () => {
  it('is pointed out 60, 30, 14, 7 and 1 days before, more seriously each time', async () => {
    const { tokenId } = await token(61);
    const told: unknown[] = [];
    for (const days of [0, 1, 30, 16, 7, 6]) {
      await look(days * dayMs);
      await test.context.db
        .updateTable('library.token')
        .set({ createdAt: test.clock.now() })
        .execute();
      const [alert] = (await open(tokenId)).filter((row) => row.kind === 'tokenExpires');
      told.push(alert === undefined ? undefined : [alert.stage, alert.severity]);
    }
    expect(told).toEqual([
      undefined,
      [1, 'information'],
      [2, 'information'],
      [3, 'warning'],
      [4, 'warning'],
      [5, 'critical'],
    ]);
  });

  it('is told anew at the next stage to whoever has seen the one before, and no more once it is renewed', async () => {
    const { tokenId } = await token(8);
    await look();
    const [first] = await open(tokenId);
    expect(first).toMatchObject({ kind: 'tokenExpires', stage: 3, seenAt: null });
    await markAlertSeen(test.context, first?.id ?? '', actor);
    await look();
    expect(await open(tokenId)).toMatchObject([{ id: first?.id, seenBy: 'Ada' }]);
    await look(1.5 * dayMs);
    const later = (await open(tokenId)).find((row) => row.kind === 'tokenExpires');
    expect(later).toMatchObject({ id: first?.id, stage: 4, seenBy: null });
    await test.context.db
      .updateTable('library.token')
      .set({ expiresAt: new Date(test.clock.now().getTime() + 365 * dayMs) })
      .where('id', '=', tokenId)
      .execute();
    await look();
    expect((await open(tokenId)).map((row) => row.kind)).not.toContain('tokenExpires');
    await expect(markAlertSeen(test.context, first?.id ?? '', actor)).rejects.toMatchObject({
      code: 'alertNotFound',
    });
  });

  it('has the stage of the nearest limit', () => {
    const now = new Date('2026-06-01T00:00:00Z');
    const warningIn = (days: number) => expiryWarning(new Date(now.getTime() + days * dayMs), now);
    expect([60.1, 60, 30, 14, 7, 1, 0].map((days) => warningIn(days)?.stage)).toEqual([
      undefined,
      1,
      2,
      3,
      4,
      5,
      undefined,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * 24 }), (hours) => {
        const days = hours / 24;
        const warning = warningIn(days);
        const sooner = warningIn(days / 2);
        expect(warning?.stage).toBeLessThanOrEqual(sooner?.stage ?? 0);
        expect(warning?.daysLeft).toBeLessThanOrEqual(days);
      }),
    );
  });
});

describe('a token that does not work', () => {
  it.each([
    ['expired', 'tokenExpired'],
    ['invalid', 'tokenInvalid'],
    ['assignedToExternalMDM', 'otherOwner'],
  ])('in state %s is pointed out as %s, until it works again', async (state, kind) => {
    const { tokenId } = await token(300);
    await change(tokenId, { state, stateReason: 'Apple says no.' });
    await look();
    expect(await open(tokenId)).toMatchObject([{ kind, severity: 'critical' }]);
    await change(tokenId, { state: 'valid' });
    await look();
    expect(await open(tokenId)).toEqual([]);
    const { rows } = await listAlerts(test.context.db, { state: 'closed', top: 10, skip: 0 });
    expect(rows).toMatchObject([{ kind, subjectId: tokenId }]);
  });

  it('[L 51] is late after a day without a sync, too late after three', async () => {
    const { tokenId } = await token(300);
    await look(dayMs / 2);
    expect(await open(tokenId)).toEqual([]);
    await look(dayMs);
    expect(await open(tokenId)).toMatchObject([{ kind: 'syncLate', severity: 'warning' }]);
    await look(2 * dayMs);
    expect(await open(tokenId)).toMatchObject([{ kind: 'syncLate', severity: 'critical' }]);
  });

  it('[L 51] is unhealthy, in warning or healthy by its worst side', () => {
    const now = new Date('2026-06-01T00:00:00Z');
    const at = (days: number): Date => new Date(now.getTime() + days * dayMs);
    const health = (end: number, synced: number) =>
      tokenHealth({ expiresAt: at(end), syncedAt: at(-synced) }, now);
    expect(health(100, 0.5)).toBe('healthy');
    expect(health(7, 0.5)).toBe('warning');
    expect(health(100, 1.5)).toBe('warning');
    expect(health(100, 3)).toBe('unhealthy');
    expect(health(0, 0.5)).toBe('unhealthy');
    expect(health(7, 3)).toBe('unhealthy');
  });
});

describe('an app whose licenses run out', () => {
  it('[L 50] is pointed out from half of them on, and no more below; the share is a setting', async () => {
    const { context } = test;
    const location = await token(300);
    const { appId, assetId } = await organization.app(location, 10);
    const use = async (assigned: number): Promise<string[]> => {
      await context.db
        .updateTable('library.asset')
        .set({ assigned })
        .where('id', '=', assetId)
        .execute();
      await look();
      return (await open(appId)).map((row) => row.message);
    };
    expect(await use(4)).toEqual([]);
    expect(await use(5)).toEqual(['5 of 10 licenses are used.']);
    expect(await use(10)).toEqual(['All 10 licenses are used.']);
    expect(await use(4)).toEqual([]);
    await updateAlertSettings(context, { lowLicensesPercent: 40 }, actor);
    expect(await use(4)).toEqual(['4 of 10 licenses are used.']);
    await expect(
      updateAlertSettings(context, { lowLicensesPercent: 0 }, actor),
    ).rejects.toMatchObject({ field: 'lowLicensesPercent' });
  });

  it('is pointed out when its seats are taken, before Apple was asked for its counts', async () => {
    const location = await token(300);
    const { appId, assetId } = await organization.app(location, 2);
    await organization.decide();
    expect(await open(appId)).toEqual([]);
    const group = await organization.group();
    for (const serialNumber of ['LOWLIC0001', 'LOWLIC0002']) {
      const { directoryId } = await organization.device(serialNumber);
      await organization.join(group, { deviceId: directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    const { taken } = await test.context.db
      .selectFrom('grants.stock')
      .select('taken')
      .where('assetId', '=', assetId)
      .executeTakeFirstOrThrow();
    expect(taken).toBe(2);
    await look();
    expect((await open(appId)).map((row) => row.message)).toEqual(['All 2 licenses are used.']);
  });

  it('is never one of an unlimited title', async () => {
    const location = await token(300);
    const { appId } = await organization.app(location, undefined);
    await test.context.db.updateTable('library.asset').set({ assigned: 1_000 }).execute();
    await look();
    expect(await open(appId)).toEqual([]);
  });
});
