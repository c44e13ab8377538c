import type { UpdateFacts, UpdateVerdict } from '@allotment/licensing';
import type { Progress } from './progress.ts';
import type { ReasonCode } from './reasons.ts';
import type { Answer } from './verdict.ts';

/** Where one app on one device stands, apart from which license it goes by. */
export interface TaskState extends Progress {
  readonly state:
    | 'blocked'
    | 'commanded'
    | 'installing'
    | 'installed'
    | 'failed'
    | 'notApplicable'
    /** The device was told to remove the app. */
    | 'removing'
    | 'removed';
  /** The update the device was last told of. */
  readonly update: UpdateFacts['told'];
  /** How often the person removed the app lately, and when last. */
  readonly removals: { readonly count: number; readonly at: Date } | null;
}

/** What keeps an app from being tried on a device. */
export type Obstacle = ReasonCode &
  ('bundleIdUnknown' | 'multiUser' | 'noUserChannel' | 'otherAccount');

export type TaskEvent =
  /**
   * The license is at Apple; `managed` is what the device last said of the app, if anything; `told`: the device was
   * given the install.
   */
  | {
      readonly kind: 'licensed';
      readonly managed: string | undefined;
      readonly obstacle: Obstacle | undefined;
      readonly told: boolean;
    }
  /** The device enrolled anew and was told nothing yet. */
  | {
      readonly kind: 'enrolled';
      readonly managed: string | undefined;
      readonly obstacle: Obstacle | undefined;
    }
  /** The license is gone or not wanted any more; what is installed stays, while the device is managed (behavior 60). */
  | { readonly kind: 'unlicensed'; readonly managed: boolean; readonly told: boolean }
  /** What the device answered to an install that it was given before the license went. */
  | { readonly kind: 'leftAnswered'; readonly answer: Answer }
  /** The license is back and the app is to go: it goes where this program installed it (behaviors 61, 62; L33). */
  | { readonly kind: 'remove' }
  /** It would go, but another assignment wants the app there and waits for a license. */
  | { readonly kind: 'stay' }
  | { readonly kind: 'removeAnswered'; readonly done: boolean; readonly answer: Answer }
  /** The device listed its managed apps; without a license nothing but the app's absence matters. */
  | { readonly kind: 'leftBehind'; readonly appleState: string | undefined }
  /** The install was not handed out, because just then its license was missing. */
  | { readonly kind: 'canceled' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The device listed its managed apps; undefined when this one is not among them. */
  | { readonly kind: 'reported'; readonly appleState: string | undefined }
  /** How an installed app's version stands to the store's, and what is to be done about it. */
  | {
      readonly kind: 'outdated';
      readonly version: number;
      readonly verdict: UpdateVerdict;
      /** When it is looked at again by itself. */
      readonly opensAt: Date | null;
    }
  /** Somebody asked to have it tried again, or the device has a newer system: what was given up begins anew (L49). */
  | { readonly kind: 'again' }
  /** The person asked for the app there, for the first time or anew. */
  | { readonly kind: 'asked' }
  /** The device did not tell when asked. */
  | { readonly kind: 'askFailed' }
  | { readonly kind: 'due' };

/** What is so of an app on a device whatever happens there. */
export interface Circumstances {
  /** Nothing requires the app there: its person asked for it, or nothing wants it any more and it is kept. */
  readonly optional: boolean;
  /** An app that the person installed can be taken under management: not under User Enrollment. */
  readonly takesOver: boolean;
  /** The device is a kiosk, and has apps of this program or none yet. */
  readonly kiosk: 'withApps' | 'withoutApps' | undefined;
}

/** Most apps on most devices. */
export const ordinary: Circumstances = { optional: false, takesOver: true, kiosk: undefined };

export type TaskAct =
  | { readonly kind: 'none' }
  | { readonly kind: 'install'; readonly takeOver: boolean }
  | { readonly kind: 'remove' }
  /** Ask the device for its managed apps. */
  | { readonly kind: 'ask' }
  /** Take the install back if the device has not been given it. */
  | { readonly kind: 'cancel' };

export interface Step {
  /** Undefined: nothing is to be done on this device any more. */
  readonly task: TaskState | undefined;
  readonly act: TaskAct;
}
