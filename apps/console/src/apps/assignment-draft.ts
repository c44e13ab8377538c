import type { Assignment, AssignmentInput, SettingsPatch, TargetKind } from '../api/apps.ts';
import { meaningOf } from './assignment-settings.ts';

/** What a target gets: an intent, or nothing because it is excluded. */
export type AssignmentType = Assignment['intent'] | 'excluded';

/** An assignment while it is edited: nothing changes until it is saved (behavior 48). */
export interface DraftAssignment {
  /** The group's id, or the name of the built-in target. */
  readonly key: string;
  readonly name: string;
  readonly groupId: string | null;
  readonly groupDeleted: boolean;
  /** Direct members: people, devices and groups; undefined for the built-in targets. */
  readonly members: number | undefined;
  readonly type: AssignmentType;
  readonly licenseType: Assignment['licenseType'];
  readonly priority: number;
  /** Whole, with what this version does not show: what is saved is never less than what was there. */
  readonly settings: SettingsPatch;
  readonly isNew: boolean;
}

export const builtInTargets = { allUsers: 'All users', allDevices: 'All devices' } as const;
export type BuiltInTarget = keyof typeof builtInTargets;

export function isBuiltIn(key: string): key is BuiltInTarget {
  return key in builtInTargets;
}

export function draftOf(assignments: readonly Assignment[]): readonly DraftAssignment[] {
  return assignments.map(({ target, intent, licenseType, priority, settings }) => ({
    key: keyOf(target),
    name: isBuiltIn(target.kind) ? builtInTargets[target.kind] : (target.groupName ?? ''),
    groupId: target.groupId,
    groupDeleted: target.groupDeleted,
    members: target.groupId === null ? undefined : target.members,
    type: target.kind === 'exclusionGroup' ? 'excluded' : intent,
    licenseType,
    priority,
    settings,
    isNew: false,
  }));
}

/** Required: what is added, before anybody chooses otherwise. */
export function newAssignment(
  target: Pick<DraftAssignment, 'key' | 'name' | 'groupId' | 'members'>,
  licenseType: DraftAssignment['licenseType'],
): DraftAssignment {
  return {
    ...target,
    groupDeleted: false,
    type: 'required',
    licenseType,
    priority: 0,
    settings: {},
    isNew: true,
  };
}

/** Whether saving would change anything. */
export function isChanged(
  draft: readonly DraftAssignment[],
  saved: readonly Assignment[],
): boolean {
  const wordOf = ({ type, licenseType, priority, settings }: DraftAssignment): string =>
    `${type} ${licenseType} ${priority} ${meaningOf(settings)}`;
  const before = new Map(draftOf(saved).map((one) => [one.key, wordOf(one)]));
  return draft.length !== before.size || draft.some((one) => before.get(one.key) !== wordOf(one));
}

/** Whether saving can take the app from somebody who has it (behaviors 61, 62). */
export function takesAway(
  draft: readonly DraftAssignment[],
  saved: readonly Assignment[],
): boolean {
  const kept = new Set(draft.filter(({ type }) => type === 'required').map(({ key }) => key));
  const excluded = draft.some(({ type, isNew }) => isNew && type === 'excluded');
  return excluded || draftOf(saved).some(({ key, type }) => type === 'required' && !kept.has(key));
}

export function toInput(draft: readonly DraftAssignment[]): readonly AssignmentInput[] {
  return draft.map(({ key, groupId, type, licenseType, priority, settings }) => ({
    intent: type === 'excluded' ? 'required' : type,
    licenseType,
    priority,
    settings: settingsFor(type, settings),
    target: groupId === null ? { kind: builtInOf(key) } : { kind: groupKindOf(type), groupId },
  }));
}

/** Whether a person may remove an app is a question about Required alone: anywhere else it is refused. */
function settingsFor(type: AssignmentType, settings: SettingsPatch): SettingsPatch {
  if (type === 'required' || type === 'excluded') return settings;
  const { isRemovable: _removable, ...rest } = settings;
  return rest;
}

function keyOf(target: Assignment['target']): string {
  return target.groupId ?? target.kind;
}

function builtInOf(key: string): TargetKind {
  if (!isBuiltIn(key)) throw new Error(`${key} is neither a group nor a built-in target.`);
  return key;
}

function groupKindOf(type: AssignmentType): TargetKind {
  return type === 'excluded' ? 'exclusionGroup' : 'group';
}
