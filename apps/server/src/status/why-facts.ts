import type { NotApplicableReason } from '@allotment/licensing';
import type { Explained } from '../grants/index.ts';
import type { AtAppleFacts } from './at-apple.ts';
import type { Reason } from './reason.ts';

/** An assignment of the app that reaches the device or the person. */
export interface WhyTarget {
  readonly intent: 'available' | 'required' | 'uninstall';
  readonly target: 'group' | 'exclusionGroup' | 'allUsers' | 'allDevices';
  readonly licenseType: 'device' | 'user';
  readonly priority: number;
  readonly groupName: string | null;
  readonly groupDeleted: boolean;
  /** Only through a deleted group: it gives nothing, and takes nothing away. */
  readonly suspended: boolean;
  /** Through its person, not through the device itself. */
  readonly byPerson: boolean;
  /** Through a group in the group. */
  readonly nested: boolean;
  readonly since: Date;
}

/** What is known of one app for one device or person, as far as it explains how far it is. */
export interface WhyFacts {
  readonly targets: readonly WhyTarget[];
  /** What the assignments come to; null: nothing. */
  readonly verdict: Explained['verdict'];
  readonly notApplicable: NotApplicableReason | null;
  /** Whether the device, or one that the person uses, can be given something; else why not. */
  readonly use: 'inUse' | 'notEnrolled' | 'retired' | 'wiped' | 'left' | 'silent' | 'noDevice';
  /** Whether the license is for this device; a person's may be for others of theirs alone. */
  readonly serves: boolean;
  /** Null: nothing was ever wanted. */
  readonly demand: {
    readonly wanted: boolean;
    readonly granted: boolean;
    readonly held: boolean;
    readonly found: boolean;
    readonly ahead: boolean;
    readonly failure: number | null;
    readonly failureMessage: string | null;
    readonly retryAt: Date | null;
    readonly stoppedReason: string | null;
    readonly endsAt: Date | null;
    readonly position: number | null;
    readonly since: Date;
    readonly changedAt: Date;
  } | null;
  /** The location by whose license of the title it is served instead. */
  readonly coveredBy: string | null;
  readonly hold: { readonly reason: string; readonly by: string; readonly at: Date } | null;
  /** Why a person, and why Apple, lets nothing more be granted of it. */
  readonly closedByPerson: string | null;
  readonly closedByApple: string | null;
  readonly unreleased: boolean;
  /** The person's license serves other devices already. */
  readonly refused: boolean;
  readonly paused: string | null;
  readonly gap: AtAppleFacts['gap'];
  readonly userRefusal: AtAppleFacts['userRefusal'];
  readonly request: {
    readonly state: string;
    readonly sentAt: Date | null;
    readonly errorNumber: number | null;
    readonly errorMessage: string | null;
  } | null;
  /** By a person's license: what Apple says of the person; null by the device's own. */
  readonly personState: string | null;
  /** Null: the question is about a person, or a book. */
  readonly device: {
    readonly task: {
      readonly state: string;
      readonly reason: string | null;
      readonly changedAt: Date;
    } | null;
    readonly command: { readonly state: string; readonly sentAt: Date | null } | null;
    readonly installation: { readonly appleState: string; readonly reportedAt: Date } | null;
  } | null;
}

export const stepNames = [
  'assignment',
  'applicability',
  'license',
  'association',
  'account',
  'command',
  'installation',
] as const;

export interface WhyStep {
  readonly step: (typeof stepNames)[number];
  readonly state: 'done' | 'pending' | 'stopped' | 'notReached';
  /** Since when it is so, where that is known. */
  readonly at: Date | null;
  /** What was found, in words. */
  readonly found: string;
  /** Why it does not go on, who can mend that, and how; null when done or not reached. */
  readonly reason: Reason | null;
}

export type Finding = Omit<WhyStep, 'step'>;

export const done = (found: string, at: Date | null = null): Finding => ({
  state: 'done',
  at,
  found,
  reason: null,
});

export const held = (
  state: 'pending' | 'stopped',
  found: string,
  reason: Reason,
  at: Date | null = null,
): Finding => ({ state, at, found, reason });

export const byAdministrator = (cause: string, next: string): Reason => ({
  cause,
  who: 'administrator',
  next,
});

/** A deleted group suspends what is assigned to it. */
export const groupDeleted = byAdministrator(
  'A group of the assignments was deleted: what its members have stays, and nothing new is given or removed.',
  'Restore the group, or save the assignments anew without it.',
);
