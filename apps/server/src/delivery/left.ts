import { afterAsk } from './pauses.ts';
import type { Step, TaskAct, TaskEvent, TaskState } from './task.ts';
import { answerTo, type Verdict, verdictOnState } from './verdict.ts';

/**
 * What is known of an app once its license is gone. An install that the device was given cannot be taken back: it is
 * followed until the device has the app or not, so that nothing stays behind that was to be removed.
 */

const none: TaskAct = { kind: 'none' };
const over: Step = { task: undefined, act: { kind: 'cancel' } };

/** Questions after which it is left to the daily inventory what became of an install. */
const mostAsks = 11;

/** Whether the device may yet come to have the app although its license is gone. */
export function isLeft({ state, reason }: TaskState): boolean {
  return (
    (state === 'commanded' || state === 'installing') &&
    (reason === 'licenseGone' || reason === 'wantedElsewhere')
  );
}

/**
 * The state of an app that the device may come to have, or still have, by an earlier install, whatever is told it next;
 * null: by none. Kept as Apple's last word, so that a license that comes and goes again does not forget the app.
 */
export function mayCome({ state, appleState }: TaskState): string | null {
  if (state === 'installing' || state === 'removing') return appleState ?? 'Unknown';
  return state === 'installed' || state === 'removed' ? null : appleState;
}

/** The license is gone, or not wanted any more. What is installed stays while the device is managed (behavior 60). */
export function unlicensed(
  task: TaskState | undefined,
  { managed, told }: TaskEvent & { kind: 'unlicensed' },
  now: Date,
): Step {
  if (!managed || task === undefined) return over;
  switch (task.state) {
    case 'installed':
    case 'removing':
    case 'removed':
      return { task, act: none };
    case 'commanded':
      if (told) return { task: isLeft(task) ? task : left(task), act: none };
      return task.appleState === null ? over : { ...over, task: followed(task, now) };
    case 'installing':
    case 'failed':
      if (isLeft(task)) return { task, act: none };
      return task.reason === 'removedByPerson' ? over : { task: followed(task, now), act: none };
    case 'blocked':
      return task.appleState === null ? over : { task: followed(task, now), act: none };
    case 'notApplicable':
      break;
  }
  return over;
}

const left = (task: TaskState): TaskState => ({ ...task, reason: 'licenseGone', errorCode: null });

function followed(task: TaskState, now: Date): TaskState {
  return { ...left(task), state: 'installing', asks: 0, nextAt: afterAsk(0, now) };
}

/** What the device answered to an install whose license is gone meanwhile. */
export function leftAnswered(
  task: TaskState,
  { answer }: TaskEvent & { kind: 'leftAnswered' },
  now: Date,
): TaskState | undefined {
  return task.state === 'commanded' ? becomes(task, answerTo(answer), now) : task;
}

/** What the device lists of an app without a license; undefined: nothing. @returns undefined: it is not there */
export function leftBehind(
  task: TaskState,
  appleState: string | undefined,
  now: Date,
): TaskState | undefined {
  const gone = appleState === undefined || appleState === 'ManagedButUninstalled';
  switch (task.state) {
    case 'removing':
      return gone
        ? { ...task, state: 'removed', reason: null, errorCode: null, nextAt: null }
        : task;
    case 'installing':
      return gone ? absent(task, now) : becomes(task, verdictOnState(appleState), now);
    case 'commanded':
      return task;
    default:
      return gone ? undefined : task;
  }
}

/** A list from before the install began says nothing; one that was asked for since does. */
const absent = (task: TaskState, now: Date): TaskState | undefined =>
  task.asks > 0 ? undefined : { ...task, nextAt: afterAsk(task.asks, now) };

function becomes(task: TaskState, verdict: Verdict, now: Date): TaskState | undefined {
  if (verdict.kind === 'installed')
    return {
      ...task,
      state: 'installed',
      appleState: verdict.appleState,
      reason: task.reason === 'wantedElsewhere' ? task.reason : null,
      errorDetail: null,
      attempts: 0,
      asks: 0,
      nextAt: null,
    };
  if (verdict.kind !== 'moving') return undefined;
  const { appleState } = verdict;
  const asks = appleState === task.appleState ? task.asks : 0;
  return { ...task, state: 'installing', appleState, asks, nextAt: afterAsk(asks, now) };
}

/** Its time has come: the device is asked what became of the install. */
export function askWhatIsLeft(task: TaskState): Step {
  return task.asks < mostAsks
    ? { task: { ...task, asks: task.asks + 1, nextAt: null }, act: { kind: 'ask' } }
    : { task: { ...task, nextAt: null }, act: none };
}
