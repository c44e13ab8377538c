import type { UpdateVerdict } from '@allotment/licensing';
import { errorCodeOf, type ReasonCode } from './reasons.ts';
import { afterAsk } from './pauses.ts';
import type { Step, TaskAct, TaskEvent, TaskState } from './task.ts';
import { answerTo, type Answer, verdictOnState } from './verdict.ts';

const none: TaskAct = { kind: 'none' };

/** Why a newer version is left in the store. */
const leftThere: Readonly<
  Record<Exclude<UpdateVerdict, 'current' | 'told' | 'update'>, ReasonCode>
> = {
  automaticOff: 'updateOff',
  prevented: 'updatePrevented',
  unassigned: 'updateUnassigned',
  systemTooOld: 'updateNeedsSystem',
  outsideWindow: 'updateWaits',
  givenUp: 'updateFailed',
  kiosk: 'updateInKiosk',
};

/** What the device is busy with, or its person asked, while an installed app is updated. */
const underWay: ReadonlySet<ReasonCode> = new Set(['updating', 'waitingForUpdate', 'signInNeeded']);

/** Every word about an update of an installed app. */
const aboutUpdates: ReadonlySet<ReasonCode> = new Set([
  ...underWay,
  ...Object.values(leftThere),
  'updateRejected',
]);

/** Whether something is said of an installed app's update, which the newest version ends. */
export function speaksOfUpdate({ state, reason }: TaskState): boolean {
  return state === 'installed' && reason !== null && aboutUpdates.has(reason);
}

/** Whether the device was told to update the app and has not come to an end. */
export function isUpdating({ state, reason }: TaskState): boolean {
  return state === 'installed' && reason !== null && underWay.has(reason);
}

/** Updates an installed app, which stays installed whatever becomes of it, or says why not (behaviors 39, 40). */
export function outdated(
  task: TaskState,
  { version, verdict, opensAt }: TaskEvent & { kind: 'outdated' },
  now: Date,
): Step {
  if (task.state !== 'installed') return { task, act: none };
  switch (verdict) {
    case 'update': {
      const tries = task.update?.version === version ? task.update.tries + 1 : 1;
      return {
        task: said(
          { ...task, asks: 0, update: { version, tries, at: now }, nextAt: null },
          'updating',
        ),
        act: { kind: 'install', takeOver: false },
      };
    }
    case 'told':
      return { task, act: none };
    case 'current':
      return {
        task: { ...task, reason: null, errorCode: null, nextAt: null, update: null },
        act: none,
      };
    default:
      return { task: { ...said(task, leftThere[verdict]), nextAt: opensAt }, act: none };
  }
}

/** What the device answered to the update. An app that cannot be updated now is tried again a day later. */
export function updateAnswered(task: TaskState, answer: Answer, now: Date): TaskState {
  const verdict = answerTo(answer);
  if (verdict.kind === 'failed' && verdict.reason === 'userRejected')
    return { ...said(task, 'updateRejected'), errorDetail: answer, nextAt: null };
  return verdict.kind === 'failed' || verdict.kind === 'notApplicable'
    ? { ...said(task, 'updateFailed'), errorDetail: answer, nextAt: null }
    : { ...said(task, 'updating'), nextAt: afterAsk(task.asks, now) };
}

/** An installed app as the device reports it while it is updated, or takes its time with it. */
export function updateReported(task: TaskState, appleState: string, now: Date): TaskState {
  if (appleState === 'Managed')
    return isUpdating(task) ? { ...task, appleState, nextAt: afterAsk(task.asks, now) } : task;
  if (appleState === 'UpdateRejected')
    return { ...said({ ...task, appleState }, 'updateRejected'), nextAt: null };
  const verdict = verdictOnState(appleState);
  if (verdict.kind !== 'moving') return { ...task, appleState };
  const reason = verdict.reason === 'installing' ? 'updating' : verdict.reason;
  return { ...said({ ...task, appleState }, reason), nextAt: afterAsk(task.asks, now) };
}

function said(task: TaskState, reason: ReasonCode): TaskState {
  return { ...task, reason, errorCode: errorCodeOf(reason), errorDetail: null };
}
