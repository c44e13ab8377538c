import { type InstallView, type StatusFacts, installView } from '@allotment/licensing';
import { sql } from 'kysely';

type TaskState = NonNullable<StatusFacts['task']>['state'];

/** What the database holds of one app on one device, as far as it decides how it is shown. */
export interface PairFacts {
  readonly wanted: boolean;
  readonly granted: boolean;
  readonly held: boolean;
  readonly found: boolean;
  /** Apple's number of the last refusal. */
  readonly failure: number | null;
  /** Another asset of the title serves. */
  readonly covered: boolean;
  readonly requested: boolean;
  readonly taskState: TaskState | null;
}

/** The facts in the words of the rule. */
export function factsOf(
  pair: PairFacts,
  task: { readonly errorCode: number | null; readonly stateDetail: string | null },
): StatusFacts {
  const { taskState, ...demand } = pair;
  return {
    demand,
    task: taskState === null ? undefined : { state: taskState, ...task },
    applicable: true,
    notApplicableReason: null,
  };
}

/** The install state of a pair, by the one rule. */
export function installStateOf(pair: PairFacts): InstallView['installState'] {
  return installView(factsOf(pair, { errorCode: null, stateDetail: null })).installState;
}

/** SQL: the state of a task `k` in the words of the rule, which knows a removal that failed as a state of its own. */
export const taskState = sql<TaskState | null>`case when k.state = 'removing' and k.error_code is not null then 'removalFailed' else k.state end`;

export const installStates = [
  'installed',
  'failed',
  'notInstalled',
  'uninstallFailed',
  'pendingInstall',
  'notApplicable',
  'unknown',
] as const satisfies readonly InstallView['installState'][];
export const taskStates = [
  'blocked',
  'commanded',
  'installing',
  'installed',
  'failed',
  'notApplicable',
  'removing',
  'removalFailed',
  'removed',
] as const satisfies readonly TaskState[];
const either = [false, true];

/** Every kind of pair that shows as this state: the rule as a table, for SQL (Law 7). */
export function kindsOfState(state: InstallView['installState']): readonly PairFacts[] {
  return either
    .flatMap((wanted) => either.map((granted) => ({ wanted, granted })))
    .flatMap((pair) => either.map((held) => ({ ...pair, held })))
    .flatMap((pair) => either.map((found) => ({ ...pair, found })))
    .flatMap((pair) => either.map((covered) => ({ ...pair, covered })))
    .flatMap((pair) => [null, 0].map((failure) => ({ ...pair, failure, requested: false })))
    .flatMap((pair) => [null, ...taskStates].map((taskState) => ({ ...pair, taskState })))
    .filter((pair) => installStateOf(pair) === state);
}
