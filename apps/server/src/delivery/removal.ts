import { later, longestPauseMs, minuteMs, mostAttempts } from './pauses.ts';
import type { Step, TaskEvent, TaskState } from './task.ts';

/** Tells the device to remove the app. */
export function remove(task: TaskState): Step {
  return {
    task: {
      ...task,
      state: 'removing',
      reason: 'waitingForRemoval',
      errorCode: null,
      attempts: task.state === 'removing' ? task.attempts + 1 : 1,
      asks: 0,
      nextAt: null,
    },
    act: { kind: 'remove' },
  };
}

/** The app stays because of an assignment that has no license for it yet; when that ends, it goes. */
export function stay(task: TaskState): Step {
  if (task.state !== 'installed' && task.state !== 'removing')
    return { task, act: { kind: 'none' } };
  if (task.reason === 'wantedElsewhere') return { task, act: { kind: 'none' } };
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

/** What the device answered to that. */
export function removeAnswered(
  task: TaskState,
  { done, answer }: TaskEvent & { kind: 'removeAnswered' },
  now: Date,
): TaskState {
  if (done) return { ...task, state: 'removed', reason: null, errorDetail: null };
  const pauseMs = Math.min(longestPauseMs, minuteMs * 2 ** (task.attempts - 1));
  return {
    ...task,
    reason: 'removalFailed',
    errorDetail: answer,
    nextAt: task.attempts >= mostAttempts ? null : later(now, pauseMs),
  };
}

/** What is left of an app without a license, by what the device said of it; undefined: nothing. */
export function leftBehind(task: TaskState, appleState: string | undefined): TaskState | undefined {
  if (appleState !== undefined && appleState !== 'ManagedButUninstalled') return task;
  return task.state === 'removing' ? { ...task, state: 'removed', nextAt: null } : undefined;
}
