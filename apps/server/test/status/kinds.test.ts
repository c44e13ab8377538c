import { installView } from '@allotment/licensing';
import * as fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  type PairFacts,
  factsOf,
  installStates,
  kindsOfState,
  taskStates,
} from '../../src/status/facts.ts';
import { openTestContext } from '../support/context.ts';

const anyPair: fc.Arbitrary<PairFacts> = fc.record({
  wanted: fc.boolean(),
  granted: fc.boolean(),
  held: fc.boolean(),
  found: fc.boolean(),
  covered: fc.boolean(),
  failure: fc.option(fc.integer({ min: 9600, max: 9700 }), { nil: null }),
  requested: fc.boolean(),
  taskState: fc.constantFrom(null, ...taskStates),
});
const anyTask = fc.record({
  errorCode: fc.option(fc.integer(), { nil: null }),
  stateDetail: fc.option(fc.constant('userRejectedInstall'), { nil: null }),
});

/** What SQL compares: of a failure only whether there is one, and nothing of a request. */
const kindOf = ({ requested: _requested, failure, ...pair }: PairFacts): string =>
  JSON.stringify({ ...pair, failed: failure !== null });

describe('the install state as a table for SQL', () => {
  it('has a pair under the state that the rule gives it, and under no other', () => {
    const table = new Map(
      installStates.map((state) => [state, new Set(kindsOfState(state).map(kindOf))]),
    );
    fc.assert(
      fc.property(anyPair, anyTask, (pair, task) => {
        const states = installStates.filter((state) => table.get(state)?.has(kindOf(pair)));
        expect(states).toEqual([installView(factsOf(pair, task)).installState]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows every state that a task can have', async () => {
    await using test = await openTestContext();
    const { rows } = await sql<{ definition: string }>`
      select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'task_state_check'`.execute(
      test.context.db,
    );
    const states = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(
      ([, state]) => state,
    );
    // The rule tells a removal that failed apart, which the task keeps as `removing` with an error.
    expect(new Set([...states, 'removalFailed'])).toEqual(new Set(taskStates));
  });
});
