import type { Assignment, AssignmentInput, TargetKind } from '../api/apps.ts';

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
  readonly isNew: boolean;
}

export const builtInTargets = { allUsers: 'All users', allDevices: 'All devices' } as const;
export type BuiltInTarget = keyof typeof builtInTargets;

export function isBuiltIn(key: string): key is BuiltInTarget {
  return key in builtInTargets;
}

export function draftOf(assignments: readonly Assignment[]): readonly DraftAssignment[] {
  return assignments.map(({ target, intent, licenseType }) => ({
    key: keyOf(target),
    name: isBuiltIn(target.kind) ? builtInTargets[target.kind] : (target.groupName ?? ''),
    groupId: target.groupId,
    groupDeleted: target.groupDeleted,
    members: target.groupId === null ? undefined : target.members,
    type: target.kind === 'exclusionGroup' ? 'excluded' : intent,
    licenseType,
    isNew: false,
  }));
}

/** Required: what is added, before anybody chooses otherwise. */
export function newAssignment(
  target: Pick<DraftAssignment, 'key' | 'name' | 'groupId' | 'members'>,
  licenseType: DraftAssignment['licenseType'],
): DraftAssignment {
  return { ...target, groupDeleted: false, type: 'required', licenseType, isNew: true };
}

/** Whether saving would change anything. */
export function isChanged(
  draft: readonly DraftAssignment[],
  saved: readonly Assignment[],
): boolean {
  const wordOf = ({ type, licenseType }: DraftAssignment): string => `${type} ${licenseType}`;
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
  return draft.map(({ key, groupId, type, licenseType }) => ({
    intent: type === 'excluded' ? 'required' : type,
    licenseType,
    target: groupId === null ? { kind: builtInOf(key) } : { kind: groupKindOf(type), groupId },
  }));
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
