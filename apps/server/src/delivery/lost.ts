import { later, minuteMs } from './pauses.ts';
import { errorCodeOf, type ReasonCode } from './reasons.ts';
import type { TaskState } from './task.ts';

const hourMs = 60 * minuteMs;
/** Eight hours pass at most until the removal is seen: the app is back within the day, whatever the person does. */
const longestMs = 12 * hourMs;
/** A removal so long after the one before counts as the first. */
const forgottenMs = 7 * 24 * hourMs;

/** Whether a list of managed apps says so that an installed app is not there any more; undefined: left out of it. */
export function isGone(
  appleState: string | undefined,
): appleState is 'ManagedButUninstalled' | undefined {
  return appleState === undefined || appleState === 'ManagedButUninstalled';
}

/** Whether the person removed the app, and it is theirs to ask for it again. */
export function staysAway({ state, reason }: TaskState): boolean {
  return state === 'removed' && reason === 'optionalRemoved';
}

/**
 * The person removed an installed app; its license stays (behavior 75). What is Required comes back within a day
 * (behavior L49); what is Available is theirs to ask for again.
 */
export function lost(
  task: TaskState,
  appleState: string | null,
  now: Date,
  optional: boolean,
): TaskState {
  const removals = { count: earlier(task, now) + 1, at: now };
  const reason: ReasonCode = optional ? 'optionalRemoved' : 'removedByPerson';
  return {
    ...task,
    state: optional ? 'removed' : 'failed',
    appleState,
    reason,
    errorCode: errorCodeOf(reason),
    errorDetail: { appleState },
    nextAt: optional ? null : later(now, pauseMs(removals.count)),
    removals,
  };
}

function earlier({ removals }: TaskState, now: Date): number {
  return removals === null || now.getTime() - removals.at.getTime() >= forgottenMs
    ? 0
    : removals.count;
}

/** An hour, and twice as long each time. */
function pauseMs(removals: number): number {
  return Math.min(longestMs, hourMs * 2 ** Math.min(removals - 1, 10));
}
