import { afterAsk, dayMs, later, longestPauseMs, minuteMs, mostAttempts } from './pauses.ts';
import { noProgress, oneMore } from './progress.ts';
import { errorCodeOf, type ReasonCode } from './reasons.ts';
import type { Circumstances, Step, TaskAct, TaskState } from './task.ts';
import type { Answer, Verdict } from './verdict.ts';

const none: TaskAct = { kind: 'none' };

/** A task of which nothing is known yet. */
export const fresh: TaskState = { ...noProgress, state: 'commanded', update: null, removals: null };

/** The device has the app; what went before is forgotten, but for how often its person removed it. */
export function installed(appleState: string, before?: TaskState): TaskState {
  return { ...fresh, state: 'installed', appleState, removals: before?.removals ?? null };
}

/** Tells the device to install. Why it is told again stays readable until it answers. */
export function command(task: TaskState, takeOver: boolean): Step {
  return {
    task: {
      ...task,
      state: 'commanded',
      reason: takeOver ? 'installedByPerson' : 'waitingForDevice',
      errorCode: null,
      attempts: oneMore(task.attempts),
      asks: 0,
      nextAt: null,
    },
    act: { kind: 'install', takeOver },
  };
}

/** What an answer or a report makes of an install that was told. */
export function judge(
  task: TaskState,
  verdict: Verdict,
  now: Date,
  circumstances: Circumstances,
): Step {
  const detail = verdict.detail ?? null;
  switch (verdict.kind) {
    case 'installed':
      return { task: installed(verdict.appleState, task), act: none };
    case 'moving': {
      const asks = verdict.appleState === task.appleState ? task.asks : 0;
      return {
        task: {
          ...task,
          state: 'installing',
          appleState: verdict.appleState,
          reason: verdict.reason,
          errorCode: errorCodeOf(verdict.reason),
          errorDetail: detail,
          asks,
          nextAt: afterAsk(asks, now),
        },
        act: none,
      };
    }
    case 'alreadyThere':
      if (!circumstances.takesOver)
        return fail(task, 'takeOverNotAllowed', detail, later(now, dayMs));
      return task.reason === 'installedByPerson'
        ? fail(task, 'takeOverFailed', detail, later(now, dayMs))
        : command({ ...task, errorDetail: detail }, true);
    case 'failed':
      return verdict.reason === 'installFailed' && circumstances.kiosk !== undefined
        ? fail(task, kioskReasons[circumstances.kiosk], detail, retryAt(task, verdict, now))
        : fail(task, verdict.reason, detail, retryAt(task, verdict, now), verdict.errorCode);
    case 'notApplicable':
      break;
  }
  return {
    task: {
      ...task,
      state: 'notApplicable',
      reason: verdict.reason,
      errorCode: errorCodeOf(verdict.reason),
      errorDetail: detail,
      nextAt: null,
    },
    act: none,
  };
}

/** Why a kiosk does not install an app, where it says no more than that it failed (behavior L55). */
const kioskReasons: Readonly<Record<NonNullable<Circumstances['kiosk']>, ReasonCode>> = {
  withApps: 'kioskInstall',
  withoutApps: 'kioskWithoutApps',
};

function retryAt(task: TaskState, verdict: Verdict & { kind: 'failed' }, now: Date): Date | null {
  if (verdict.retry === 'never') return null;
  if (verdict.retry === 'daily') return later(now, dayMs);
  return later(now, Math.min(longestPauseMs, (minuteMs / 2) * 2 ** (task.attempts - 1)));
}

/** It is not there; `nextAt` says when it is tried again, if it is. */
export function fail(
  task: TaskState,
  reason: ReasonCode,
  detail: Answer | null,
  nextAt: Date | null,
  errorCode = errorCodeOf(reason),
): Step {
  return {
    task: {
      ...task,
      state: 'failed',
      appleState: detail?.appleState ?? task.appleState,
      reason,
      errorCode,
      errorDetail: detail,
      nextAt: task.attempts >= mostAttempts ? null : nextAt,
    },
    act: none,
  };
}
