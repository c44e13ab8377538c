import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { leaveNotes } from '../../src/db/notes.ts';
import { deliveryWorkers } from '../../src/delivery/workers.ts';
import type { Clock } from '../../src/schedule/clock.ts';
import { type TestContext, openTestContext } from '../support/context.ts';

let test: TestContext;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await test.context.db.deleteFrom('db.note').execute();
});

/** A clock that moves only while somebody sleeps: then the time passes at once, and something happens. */
class SleepersClock implements Clock {
  sleptMs = 0;
  readonly #start = new Date();
  readonly #meanwhile: () => Promise<void>;

  constructor(meanwhile: () => Promise<void>) {
    this.#meanwhile = meanwhile;
  }

  now(): Date {
    return new Date(this.#start.getTime() + this.sleptMs);
  }

  async sleep(ms: number): Promise<void> {
    await this.#meanwhile();
    this.sleptMs += ms;
  }
}

const notesOf = async (room: string) =>
  test.context.db.selectFrom('db.note').selectAll().where('room', '=', room).execute();

/** Runs delivery while a change of a title waits for grants. @returns for how long it slept, in milliseconds */
async function deliverBesideChange(meanwhile: () => Promise<void>): Promise<number> {
  await leaveNotes(test.context.db, 'grants', [{ kind: 'seats', key: '1' }]);
  await leaveNotes(test.context.db, 'delivery', [{ kind: 'device', key: randomUUID() }]);
  const clock = new SleepersClock(meanwhile);
  const context: Context = { ...test.context, clock };
  const worker = deliveryWorkers(context).find(({ name }) => name === 'delivery');
  await worker?.run(new AbortController().signal);
  return clock.sleptMs;
}

describe('delivery, beside a change that is being decided', () => {
  it('begins when it is decided', async () => {
    const waiting: number[] = [];
    const sleptMs = await deliverBesideChange(async () => {
      waiting.push((await notesOf('delivery')).length);
      if (waiting.length === 2)
        await test.context.db.deleteFrom('db.note').where('room', '=', 'grants').execute();
    });
    expect(waiting).toEqual([1, 1]);
    expect(sleptMs).toBe(100);
    expect(await notesOf('delivery')).toEqual([]);
  });

  it('begins after half a second all the same', async () => {
    const sleptMs = await deliverBesideChange(async () => undefined);
    expect(sleptMs).toBe(500);
    expect(await notesOf('grants')).toHaveLength(1);
    expect(await notesOf('delivery')).toEqual([]);
  });
});
