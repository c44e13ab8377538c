import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import type { Intent, Target } from './read.ts';
import {
  type AssignmentSettings,
  checkSettings,
  mergeSettings,
  type SettingsPatch,
} from './settings.ts';

/**
 * What an administrator wants: as it came, not yet known to make sense. What is left out keeps what the target's
 * assignment has, so that a client that does not know of it does not undo it; where the target has none, it is the
 * default.
 */
export interface AssignmentInput {
  readonly intent: Intent | 'availableWithoutEnrollment';
  readonly target: { readonly kind: Target; readonly groupId?: string };
  /** The device's by default. */
  readonly licenseType?: 'device' | 'user';
  readonly settings?: SettingsPatch;
  /** Orders the line for licenses, the highest first; 0 by default. */
  readonly priority?: number;
}

/** What a target's assignment is now, of what a wish may leave out. */
export type SavedAssignment = Pick<CheckedAssignment, 'licenseType' | 'settings' | 'priority'>;

/** An assignment that makes sense by itself. */
export interface CheckedAssignment {
  readonly intent: Intent;
  readonly target: Target;
  readonly groupId: string | null;
  readonly licenseType: 'device' | 'user';
  readonly settings: AssignmentSettings;
  readonly priority: number;
}

export interface AssignableApp {
  readonly id: string;
  readonly name: string;
  readonly platform: 'ios' | 'macos' | 'book';
  readonly deviceAssignable: boolean;
  /** False: Apple never takes a license back. */
  readonly revocable: boolean;
}

const highestPriority = 1_000;

/** A target by itself, as a key. */
export const targetKey = (target: Target, groupId: string | null): string =>
  `${target} ${groupId ?? ''}`;

const unsaved: SavedAssignment = { licenseType: 'device', settings: {}, priority: 0 };

/**
 * Holds one wish against what the app allows.
 *
 * @param saved the app's assignments by `targetKey`
 * @throws Problem naming the field and the remedy
 */
export function checkShape(
  app: AssignableApp,
  wish: AssignmentInput,
  saved: ReadonlyMap<string, SavedAssignment>,
): CheckedAssignment {
  const { intent, settings: patch = {} } = wish;
  const given = checkSettings(patch);
  const groupId = checkTarget(wish.target);
  const before = saved.get(targetKey(wish.target.kind, groupId)) ?? unsaved;
  const { licenseType = before.licenseType, priority = before.priority } = wish;
  if (intent === 'availableWithoutEnrollment') {
    throw refusal(
      'intentNotOffered',
      'intent',
      'Volume-purchased apps reach enrolled devices only: use the intent available.',
    );
  }
  if (!Number.isInteger(priority) || Math.abs(priority) > highestPriority) {
    throw refusal(
      'badPriority',
      'priority',
      `priority must be a whole number from -${highestPriority} to ${highestPriority}.`,
    );
  }
  const checked = { intent, target: wish.target.kind, groupId, licenseType, priority };
  if (wish.target.kind !== 'exclusionGroup') checkKind(app, { ...checked, settings: given });
  const { isRemovable, ...settings } = mergeSettings(before.settings, patch, given);
  // What was saved for another intent has no meaning any more.
  const removable = intent === 'required' && isRemovable !== undefined ? { isRemovable } : {};
  return { ...checked, settings: { ...settings, ...removable } };
}

/** @returns the group's id in lower case; null for the built-in targets */
function checkTarget({ kind, groupId }: AssignmentInput['target']): string | null {
  if (kind === 'allUsers' || kind === 'allDevices') {
    if (groupId === undefined) return null;
    throw refusal(
      'groupNotExpected',
      'target/groupId',
      `The target ${kind} has no group: leave out groupId.`,
    );
  }
  if (groupId === undefined || groupId === '') {
    throw refusal(
      'groupNotFound',
      'target/groupId',
      'target/groupId is missing: name the group by its id.',
    );
  }
  if (!isGuid(groupId)) throw missingGroup(groupId);
  return groupId.toLowerCase();
}

function checkKind(
  app: AssignableApp,
  { intent, target, licenseType, settings }: CheckedAssignment,
) {
  if (app.platform === 'book') {
    if (intent === 'uninstall') {
      throw refusal(
        'booksStay',
        'intent',
        'A book cannot be taken back or removed: its intent is available or required.',
      );
    }
    if (licenseType === 'device') {
      throw refusal(
        'notDeviceAssignable',
        'settings/useDeviceLicensing',
        `Apple licenses books to people only: ${app.name} needs a user license.`,
      );
    }
    if (target !== 'group') {
      throw refusal(
        'booksToGroupsOnly',
        'target',
        'A book is assigned to groups of people: name a group.',
      );
    }
    return;
  }
  // Who is to lose the app needs no license, whatever its type.
  if (licenseType === 'device' && intent !== 'uninstall' && !app.deviceAssignable) {
    throw refusal(
      'notDeviceAssignable',
      'settings/useDeviceLicensing',
      `Apple does not let ${app.name} be licensed to devices. Use a user license, or ask its developer to allow device assignment.`,
    );
  }
  if (intent === 'available' && target === 'allDevices') throw availableToDevices('target');
  if (settings.isRemovable !== undefined && intent !== 'required') {
    throw refusal(
      'badSetting',
      'settings/isRemovable',
      'settings/isRemovable has a meaning for the intent required only; leave it out.',
    );
  }
  if (settings.onMacs !== undefined && app.platform !== 'ios') {
    throw refusal(
      'badSetting',
      'settings/onMacs',
      'settings/onMacs has a meaning for apps for iPhone and iPad only; leave it out.',
    );
  }
  for (const name of ['vpnConfigurationId', 'isRemovable'] as const) {
    if (app.platform !== 'macos' || settings[name] === undefined) continue;
    throw refusal(
      'badSetting',
      `settings/${name}`,
      `settings/${name} does not exist for macOS apps; leave it out.`,
    );
  }
}

export function availableToDevices(field: string): Problem {
  return refusal(
    'availableToDevices',
    field,
    'Available is offered to people, who ask for the app: assign it to a group of people or to all users, or use Required for devices.',
  );
}

export function missingGroup(groupId: string): Problem {
  return refusal(
    'groupNotFound',
    'target/groupId',
    `There is no group ${groupId}; it may have been deleted.`,
  );
}

/** A refusal of the whole wish. */
export function refusal(code: string, field: string, sentence: string): Problem {
  return new Problem('badRequest', code, `${sentence} Nothing was saved.`, { field });
}
