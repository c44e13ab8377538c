import { isLeft } from './left.ts';
import { later, longestPauseMs, minuteMs, mostAttempts } from './pauses.ts';
import { oneMore } from './progress.ts';
import { errorCodeOf } from './reasons.ts';
import type { Step, TaskEvent, TaskState } from './task.ts';
import { whyNotRemoved } from './verdict.ts';

/** What an app can be in that this program brought onto the device, or that may yet come onto it. */
const removable: ReadonlySet<TaskState['state']> = new Set([
  'commanded',
  'installing',
  'installed',
  'failed',
]);

/** The license is back and the app is to go. */
export function goes(task: TaskState | undefined): Step {
  return task !== undefined && removable.has(task.state)
    ? remove(task)
    : { task, act: { kind: 'none' } };
}

/** Tells the device to remove the app. */
export function remove(task: TaskState): Step {
  return {
    task: {
      ...task,
      state: 'removing',
      reason: 'waitingForRemoval',
      errorCode: null,
      attempts: task.state === 'removing' ? oneMore(task.attempts) : 1,
      asks: 0,
      nextAt: null,
    },
    act: { kind: 'remove' },
  };
}

/** The app stays because of an assignment that has no license for it yet; when that ends, it goes. */
export function stay(task: TaskState): Step {
  if (task.reason === 'wantedElsewhere') return { task, act: { kind: 'none' } };
  if (isLeft(task)) return { task: { ...task, reason: 'wantedElsewhere' }, act: { kind: 'none' } };
  if (task.state !== 'installed' && task.state !== 'removing')
    return { task, act: { kind: 'none' } };
  return {
    task: {
      ...task,
      state: 'installed',
      reason: 'wantedElsewhere',
      errorCode: null,
      attempts: 0,
      asks: 0,
      nextAt: null,
      update: null,
    },
    act: { kind: task.state === 'removing' ? 'cancel' : 'none' },
  };
}

/** What waited for a license elsewhere has one. */
export function nothingElsewhere(task: TaskState): TaskState {
  return task.reason === 'wantedElsewhere' ? { ...task, reason: null } : task;
}

/** What the device answered to that. One that could not is asked whether it has the app at all. */
export function removeAnswered(
  task: TaskState,
  { done, answer }: TaskEvent & { kind: 'removeAnswered' },
  now: Date,
): Step {
  if (done)
    return {
      task: { ...task, state: 'removed', reason: null, errorCode: null, errorDetail: null },
      act: { kind: 'none' },
    };
  const pauseMs = Math.min(longestPauseMs, minuteMs * 2 ** (task.attempts - 1));
  const isGivenUp = task.attempts >= mostAttempts;
  const reason = isGivenUp ? 'removalGivenUp' : whyNotRemoved(answer);
  return {
    task: {
      ...task,
      reason,
      errorCode: errorCodeOf(reason),
      errorDetail: answer,
      nextAt: isGivenUp ? null : later(now, pauseMs),
    },
    act: { kind: 'ask' },
  };
}

/** Whether the device could not remove the app when it was last told to. */
export function couldNotRemove({ state, errorCode }: TaskState): boolean {
  return state === 'removing' && errorCode !== null;
}
