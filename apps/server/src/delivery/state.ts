import { command, fail, fresh, installed, judge } from './install.ts';
import { askWhatIsLeft, isLeft, leftAnswered, leftBehind, mayCome, unlicensed } from './left.ts';
import { isGone, lost, staysAway } from './lost.ts';
import { afterAsk, later, minuteMs, mostAttempts } from './pauses.ts';
import { oneMore } from './progress.ts';
import { errorCodeOf, type ReasonCode } from './reasons.ts';
import { couldNotRemove, goes, nothingElsewhere, remove, removeAnswered, stay } from './removal.ts';
import {
  type Circumstances,
  type Obstacle,
  ordinary,
  type Step,
  type TaskAct,
  type TaskEvent,
  type TaskState,
} from './task.ts';
import { isUpdating, outdated, speaksOfUpdate, updateAnswered, updateReported } from './update.ts';
import { answerTo, verdictOnState } from './verdict.ts';

const obstaclePauseMs = 60 * minuteMs;

/** Questions without progress, 3 hours in all, before the install is commanded again. */
const mostAsks = 11;
/** The first install is commanded again after so many lists without the app, 75 seconds in all; later ones after more. */
const asksInVain = 4;

const none: TaskAct = { kind: 'none' };

/**
 * The life of one app on one device (Law 2: what was told, and what became of it): from what is known and what
 * happened to what is known now and what to do. Pure; times in UTC.
 */
export function step(
  task: TaskState | undefined,
  event: TaskEvent,
  now: Date,
  circumstances: Circumstances = ordinary,
): Step {
  switch (event.kind) {
    case 'licensed':
      return licensed(task, event, now, circumstances);
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
      return task === undefined ? { task, act: none } : again(task);
    case 'asked':
      if (task === undefined) return { task, act: none };
      return staysAway(task) ? command({ ...task, attempts: 0 }, false) : again(task);
    case 'canceled':
      if (task?.state === 'removing') return remove(task);
      if (task !== undefined && isUpdating(task))
        return { task: { ...task, reason: null, errorCode: null }, act: none };
      return task?.state === 'commanded' ? command(task, false) : { task, act: none };
    case 'answered':
      if (task !== undefined && isUpdating(task))
        return { task: updateAnswered(task, event.answer, now), act: none };
      return task?.state === 'commanded'
        ? judge(task, answerTo(event.answer), now, circumstances)
        : { task, act: none };
    case 'reported':
      return task === undefined
        ? { task, act: none }
        : report(task, event.appleState, now, circumstances);
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
  { optional }: Circumstances,
): Step {
  if (task !== undefined && optional && staysAway(task)) return { task, act: none };
  if (task?.state === 'failed' && task.reason === 'removedByPerson' && optional)
    return { task: lost(task, task.appleState, now, optional), act: none };
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

/** A list made before the device took the command says nothing about it, unless the app is there already. */
function report(
  task: TaskState,
  appleState: string | undefined,
  now: Date,
  circumstances: Circumstances,
): Step {
  const { optional } = circumstances;
  if (appleState === 'Managed' && !speaksOfUpdate(task))
    return {
      task: {
        ...installed(appleState, task),
        update: task.state === 'installed' ? task.update : null,
      },
      act: task.state === 'commanded' ? { kind: 'cancel' } : none,
    };
  switch (task.state) {
    case 'installing':
      if (appleState === undefined)
        return isLost(task)
          ? command(task, false)
          : { task: { ...task, nextAt: afterAsk(task.asks, now) }, act: none };
      return optional && isGone(appleState)
        ? { task: lost(task, appleState, now, optional), act: none }
        : judge(task, verdictOnState(appleState), now, circumstances);
    case 'installed':
      return {
        task: isGone(appleState)
          ? lost(task, appleState ?? null, now, optional)
          : updateReported(task, appleState, now),
        act: none,
      };
    case 'failed': {
      const verdict = appleState === undefined ? undefined : verdictOnState(appleState);
      return verdict?.kind === 'moving'
        ? judge(task, verdict, now, circumstances)
        : { task, act: none };
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

/**
 * Whether an install that the device took is not among its apps for too long: a Mac acknowledges before it downloads, and
 * fails in silence afterwards, as when Apple has not spread the license yet (Apple's protocols, 4.1).
 */
const isLost = ({ asks, attempts, reason }: TaskState): boolean =>
  asks >= asksInVain + attempts - 1 && attempts < mostAttempts && !isPersonsTurn(reason);

function due(task: TaskState, now: Date): Step {
  const waited: TaskState = { ...task, nextAt: null };
  switch (task.state) {
    case 'failed':
      return command(waited, wasRefusedTakeOver(task));
    case 'installing':
      if (isLeft(task)) return askWhatIsLeft(task);
      if (task.asks < mostAsks || isPersonsTurn(task.reason))
        return { task: { ...waited, asks: oneMore(task.asks) }, act: { kind: 'ask' } };
      return task.attempts < mostAttempts
        ? command(waited, false)
        : fail(waited, 'noProgress', { appleState: task.appleState }, null);
    case 'blocked':
      return { task: { ...waited, nextAt: later(now, obstaclePauseMs) }, act: none };
    case 'removing':
      return remove(waited);
    case 'installed':
      if (isUpdating(task) && task.asks < mostAsks)
        return { task: { ...waited, asks: oneMore(task.asks) }, act: { kind: 'ask' } };
      break;
    case 'commanded':
    case 'notApplicable':
    case 'removed':
      break;
  }
  return { task: waited, act: none };
}

/** What was given up begins anew. */
function again(task: TaskState): Step {
  if (couldNotRemove(task)) return remove({ ...task, attempts: 0 });
  return task.state === 'failed' || task.state === 'notApplicable'
    ? command({ ...task, attempts: 0 }, wasRefusedTakeOver(task))
    : { task, act: none };
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
