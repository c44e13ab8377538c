import { errorCodeOf, type ReasonCode } from './reasons.ts';
import { afterAsk, later, longestPauseMs, minuteMs, mostAttempts } from './pauses.ts';
import { askWhatIsLeft, isLeft, leftAnswered, leftBehind, mayCome, unlicensed } from './left.ts';
import { goes, nothingElsewhere, remove, removeAnswered, stay } from './removal.ts';
import type { Obstacle, Step, TaskAct, TaskEvent, TaskState } from './task.ts';
import { isUpdating, outdated, speaksOfUpdate, updateAnswered, updateReported } from './update.ts';
import { answerTo, type Answer, type Verdict, verdictOnState } from './verdict.ts';

const personPauseMs = 24 * 60 * minuteMs;
const obstaclePauseMs = 60 * minuteMs;

/** Questions without progress, 3 hours in all, before the install is commanded again. */
const mostAsks = 11;

const none: TaskAct = { kind: 'none' };

/**
 * The life of one app on one device (Law 2: what was told, and what became of it): from what is known and what
 * happened to what is known now and what to do. Pure; times in UTC.
 */
export function step(task: TaskState | undefined, event: TaskEvent, now: Date): Step {
  switch (event.kind) {
    case 'licensed':
      return licensed(task, event, now);
    case 'enrolled':
      return begin(event, now);
    case 'unlicensed':
      return unlicensed(task, event, now);
    case 'leftAnswered':
      return { task: task && leftAnswered(task, event, now), act: none };
    case 'remove':
      return goes(task);
    case 'stay':
      return task === undefined ? { task, act: none } : stay(task);
    case 'removeAnswered':
      return task?.state === 'removing' ? removeAnswered(task, event, now) : { task, act: none };
    case 'leftBehind':
      return { task: task && leftBehind(task, event.appleState, now), act: none };
    case 'again':
      return task?.state === 'failed' || task?.state === 'notApplicable'
        ? command({ ...task, attempts: 0 }, wasRefusedTakeOver(task))
        : { task, act: none };
    case 'canceled':
      if (task?.state === 'removing') return remove(task);
      if (task !== undefined && isUpdating(task))
        return { task: { ...task, reason: null, errorCode: null }, act: none };
      return task?.state === 'commanded' ? command(task, false) : { task, act: none };
    case 'answered':
      if (task !== undefined && isUpdating(task))
        return { task: updateAnswered(task, event.answer, now), act: none };
      return task?.state === 'commanded'
        ? judge(task, answerTo(event.answer), now)
        : { task, act: none };
    case 'reported':
      return task === undefined ? { task, act: none } : report(task, event.appleState, now);
    case 'outdated':
      return task === undefined ? { task, act: none } : outdated(task, event, now);
    case 'askFailed':
      return {
        task:
          task !== undefined && (task.state === 'installing' || isUpdating(task))
            ? { ...task, nextAt: afterAsk(task.asks, now) }
            : task,
        act: none,
      };
    case 'due':
      break;
  }
  return task === undefined ? { task, act: none } : due(task, now);
}

/** What a license begins anew: it was not there, or was to go. */
const begunAnew: ReadonlySet<TaskState['state']> = new Set(['blocked', 'removing', 'removed']);

/** The license is there. An app that meets an obstacle waits, unless the device was told already. */
function licensed(
  task: TaskState | undefined,
  event: TaskEvent & { kind: 'licensed' },
  now: Date,
): Step {
  if (task === undefined || begunAnew.has(task.state)) return begin(event, now, task);
  if (isLeft(task))
    return task.state === 'commanded'
      ? { task: { ...task, reason: 'waitingForDevice' }, act: none }
      : begin(event, now, task);
  const stops =
    event.obstacle !== undefined &&
    (task.state === 'failed' || (task.state === 'commanded' && !event.told));
  return stops
    ? { ...begin(event, now, task), act: { kind: 'cancel' } }
    : { task: nothingElsewhere(task), act: none };
}

/** @param before what the device was at, which may still come of it: see `mayCome` */
function begin(
  event: { managed: string | undefined; obstacle: Obstacle | undefined },
  now: Date,
  before?: TaskState,
): Step {
  if (event.managed === 'Managed') return { task: installed('Managed'), act: none };
  const appleState = before === undefined ? null : mayCome(before);
  if (event.obstacle !== undefined)
    return {
      task: {
        ...fresh,
        appleState,
        state: 'blocked',
        reason: event.obstacle,
        errorCode: errorCodeOf(event.obstacle),
        nextAt: later(now, obstaclePauseMs),
      },
      act: none,
    };
  return command({ ...fresh, appleState }, false);
}

const fresh: TaskState = {
  state: 'commanded',
  appleState: null,
  reason: null,
  errorCode: null,
  errorDetail: null,
  attempts: 0,
  asks: 0,
  nextAt: null,
  update: null,
};

function installed(appleState: string): TaskState {
  return { ...fresh, state: 'installed', appleState };
}

/** Tells the device to install. Why it is told again stays readable until it answers. */
function command(task: TaskState, takeOver: boolean): Step {
  return {
    task: {
      ...task,
      state: 'commanded',
      reason: takeOver ? 'installedByPerson' : 'waitingForDevice',
      errorCode: null,
      attempts: task.attempts + 1,
      asks: 0,
      nextAt: null,
    },
    act: { kind: 'install', takeOver },
  };
}

function judge(task: TaskState, verdict: Verdict, now: Date): Step {
  const detail = verdict.detail ?? null;
  switch (verdict.kind) {
    case 'installed':
      return { task: installed(verdict.appleState), act: none };
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
      return task.reason === 'installedByPerson'
        ? fail(task, 'takeOverFailed', detail, later(now, personPauseMs))
        : command({ ...task, errorDetail: detail }, true);
    case 'failed':
      return fail(task, verdict.reason, detail, retryAt(task, verdict, now), verdict.errorCode);
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

function retryAt(task: TaskState, verdict: Verdict & { kind: 'failed' }, now: Date): Date | null {
  if (verdict.retry === 'never') return null;
  if (verdict.retry === 'person') return later(now, personPauseMs);
  return later(now, Math.min(longestPauseMs, (minuteMs / 2) * 2 ** (task.attempts - 1)));
}

function fail(
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

/** A list made before the device took the command says nothing about it, unless the app is there already. */
function report(task: TaskState, appleState: string | undefined, now: Date): Step {
  if (appleState === 'Managed' && !speaksOfUpdate(task))
    return {
      task: { ...installed(appleState), update: task.state === 'installed' ? task.update : null },
      act: task.state === 'commanded' ? { kind: 'cancel' } : none,
    };
  switch (task.state) {
    case 'installing':
      if (appleState === undefined)
        return { task: { ...task, nextAt: afterAsk(task.asks, now) }, act: none };
      return judge(task, verdictOnState(appleState), now);
    case 'installed':
      return lostOrUpdating(task, appleState, now);
    case 'failed': {
      const verdict = appleState === undefined ? undefined : verdictOnState(appleState);
      return verdict?.kind === 'moving' ? judge(task, verdict, now) : { task, act: none };
    }
    case 'blocked':
    case 'commanded':
    case 'notApplicable':
    case 'removing':
    case 'removed':
      break;
  }
  return { task, act: none };
}

/** An installed app that is gone comes back later; one that is updating stays installed. */
function lostOrUpdating(task: TaskState, appleState: string | undefined, now: Date): Step {
  if (appleState === undefined || appleState === 'ManagedButUninstalled')
    return fail(
      task,
      'removedByPerson',
      { appleState: appleState ?? null },
      later(now, 60 * minuteMs),
    );
  return { task: updateReported(task, appleState, now), act: none };
}

function due(task: TaskState, now: Date): Step {
  const waited: TaskState = { ...task, nextAt: null };
  switch (task.state) {
    case 'failed':
      return command(waited, wasRefusedTakeOver(task));
    case 'installing':
      if (isLeft(task)) return askWhatIsLeft(task);
      if (task.asks < mostAsks || isPersonsTurn(task.reason))
        return { task: { ...waited, asks: task.asks + 1 }, act: { kind: 'ask' } };
      return task.attempts < mostAttempts
        ? command(waited, false)
        : fail(waited, 'noProgress', { appleState: task.appleState }, null);
    case 'blocked':
      return { task: { ...waited, nextAt: later(now, obstaclePauseMs) }, act: none };
    case 'removing':
      return remove(waited);
    case 'installed':
      if (isUpdating(task) && task.asks < mostAsks)
        return { task: { ...waited, asks: task.asks + 1 }, act: { kind: 'ask' } };
      break;
    case 'commanded':
    case 'notApplicable':
    case 'removed':
      break;
  }
  return { task: waited, act: none };
}

const wasRefusedTakeOver = ({ reason }: TaskState): boolean =>
  reason === 'managementRejected' || reason === 'takeOverFailed';

function isPersonsTurn(reason: ReasonCode | null): boolean {
  return (
    reason === 'waitingForPerson' ||
    reason === 'waitingForTakeOver' ||
    reason === 'waitingForUpdate' ||
    reason === 'signInNeeded'
  );
}
