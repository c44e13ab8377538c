import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { GivesWay, Turns } from '../../src/grants/turns.ts';
import { type TestContext, openTestContext } from '../support/context.ts';

let test: TestContext;
let turns: Turns;
let told: string[];

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

beforeEach(() => {
  turns = new Turns();
  told = [];
});

/** A step of a pass that holds the settings, and then goes on with a statement each for what it is told to do. */
async function step(
  statements: readonly string[],
  locked: () => void,
  longestMs = 60_000,
): Promise<void> {
  await test.context.db.transaction().execute(async (own) => {
    await lockSettings(own);
    const trx = own.withPlugin(new GivesWay(turns, own, longestMs));
    locked();
    for (const statement of statements) {
      await sql`select 1`.execute(trx);
      told.push(statement);
    }
  });
}

async function lockSettings(trx: Trx): Promise<void> {
  await sql`select from grants.setting for update`.execute(trx);
}

/** A step that has locked what it needs while a single change is being decided, which ends when the test says so. */
async function stepBesideChange(statements: readonly string[], longestMs?: number) {
  const decided = Promise.withResolvers<undefined>();
  const change = turns.takeFirst(async () => decided.promise);
  const locked = Promise.withResolvers<undefined>();
  const done = step(statements, () => locked.resolve(undefined), longestMs);
  await locked.promise;
  return { change, decided, done };
}

/** Resolves when the step has stopped: it looks again and again whether somebody waits for it. */
async function stopped(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql`select from pg_stat_activity
        where query like '%pg_blocking_pids%' and pid <> pg_backend_pid() and state = 'idle in transaction'`.execute(
        test.context.db,
      );
      return rows.length;
    })
    .toBe(1);
}

describe('a step of a pass, beside a single change', () => {
  it('stops until the change is decided', async () => {
    const { change, decided, done } = await stepBesideChange(['first', 'second']);
    await stopped();
    expect(told).toEqual([]);
    decided.resolve(undefined);
    await Promise.all([change, done]);
    expect(told).toEqual(['first', 'second']);
  });

  it('goes on when the change waits for what it has locked', async () => {
    const locked = Promise.withResolvers<undefined>();
    const begin = Promise.withResolvers<undefined>();
    const change = turns.takeFirst(async () => {
      await begin.promise;
      await test.context.db.transaction().execute(lockSettings);
      told.push('change');
    });
    const done = step(['first', 'second'], () => locked.resolve(undefined));
    await locked.promise;
    begin.resolve(undefined);
    await Promise.all([change, done]);
    expect(told).toEqual(['first', 'second', 'change']);
  });

  it('stops for the next change, too', async () => {
    const { change, decided, done } = await stepBesideChange(['first', 'second']);
    await stopped();
    const next = change.then(async () =>
      turns.takeFirst(async () => {
        await stopped();
        told.push('next');
      }),
    );
    decided.resolve(undefined);
    await Promise.all([next, done]);
    expect(told.indexOf('next')).toBeLessThan(told.indexOf('second'));
  });

  it('does not stop for long, so that changes without end do not hold it up', async () => {
    const { change, decided, done } = await stepBesideChange(['first', 'second'], 20);
    await done;
    expect(told).toEqual(['first', 'second']);
    decided.resolve(undefined);
    await change;
  });

  it('goes on where the change failed', async () => {
    const { change, decided, done } = await stepBesideChange(['first']);
    await stopped();
    decided.reject(new Error('not decided'));
    await expect(change).rejects.toThrow('not decided');
    await done;
    expect(told).toEqual(['first']);
  });
});
