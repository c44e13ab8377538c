import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveNote, leaveNotes, notesWait, takeNotes } from '../../src/db/notes.ts';
import { actInPortions } from '../../src/db/portions.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const minuteMs = 60_000;
let test: TestContext;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await sql`truncate db.note`.execute(test.context.db);
});

/** Acts on all notes of a room that may be acted on now, in portions of eight. @returns the keys of each portion */
async function actOnAll(refuse: (key: string) => void): Promise<readonly string[][]> {
  const { context } = test;
  const done: string[][] = [];
  let more = true;
  while (more)
    more = await actInPortions(context, 8, async (portion) =>
      context.db.transaction().execute(async (trx) => {
        const keys = (await takeNotes(trx, 'console', portion)).map(({ key }) => key).sort();
        keys.forEach(refuse);
        if (keys.length > 0) done.push(keys);
        return keys.length > 0;
      }),
    );
  return done;
}

function refuseBad(key: string): void {
  if (key === 'bad') throw new Error('It is bad.');
}

const leave = async (keys: readonly string[]): Promise<void> =>
  leaveNotes(
    test.context.db,
    'console',
    keys.map((key) => ({ kind: 'any', key })),
  );

describe('notes that are acted on in portions', () => {
  it('put off the one on which it fails, and hold up no other', async () => {
    await leave(['1', '2', '3', 'bad', '5', '6', '7', '8', '9']);
    const done = await actOnAll(refuseBad);
    expect(done.flat()).toEqual(['1', '2', '3', '5', '6', '7', '8', '9']);
    const { db, clock } = test.context;
    expect(await notesWait(db, 'console', clock.now())).toBe(false);
    test.clock.advance(minuteMs);
    expect(await notesWait(db, 'console', clock.now())).toBe(true);
    expect(await actOnAll(() => undefined)).toEqual([['bad']]);
  });

  it('are tried again as they are where the fault passes', async () => {
    await leave(['1']);
    const deadlock = new DatabaseError('deadlock detected', 0, 'error');
    deadlock.code = '40P01';
    const failing = actOnAll(() => {
      throw deadlock;
    });
    await expect(failing).rejects.toBe(deadlock);
    expect(await actOnAll(() => undefined)).toEqual([['1']]);
  });
});

describe('decisions', () => {
  it('go on behind a change that cannot be decided', async () => {
    const organization = new TestOrganization(test.context);
    const uid = 'portions';
    const location = { uid, ...(await organization.location(uid)) };
    const { appId, assetId } = await organization.app(location, 5);
    const group = await organization.group();
    const device = await organization.device('PORTIONS01');
    await organization.join(group, { deviceId: device.directoryId });
    await sql`delete from db.note`.execute(test.context.db);
    await leaveNote(test.context.db, 'grants', 'stock', 'not a number');
    await leaveNote(test.context.db, 'grants', 'stock', String(assetId));
    await organization.assign(appId, group);
    await organization.decide();
    const line = await organization.line(assetId);
    expect(line).toMatchObject([{ serialNumber: device.serialNumber, granted: true }]);
  });
});
