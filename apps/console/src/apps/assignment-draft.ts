import type { Assignment, AssignmentInput } from '../api/apps.ts';

/** An assignment while it is edited: nothing changes until it is saved (behavior 48). */
export interface DraftAssignment {
  readonly groupId: string;
  readonly groupName: string;
  readonly groupDeleted: boolean;
  /** Direct members: people, devices and groups. */
  readonly members: number;
  readonly isNew: boolean;
}

export function draftOf(assignments: readonly Assignment[]): readonly DraftAssignment[] {
  return assignments.map(({ target }) => ({
    groupId: target.groupId,
    groupName: target.groupName,
    groupDeleted: target.groupDeleted,
    members: target.members,
    isNew: false,
  }));
}

/** Whether saving would change anything. */
export function isChanged(
  draft: readonly DraftAssignment[],
  saved: readonly Assignment[],
): boolean {
  const before = new Set(saved.map(({ target }) => target.groupId));
  return draft.length !== before.size || draft.some(({ groupId }) => !before.has(groupId));
}

export function toInput(draft: readonly DraftAssignment[]): readonly AssignmentInput[] {
  return draft.map(({ groupId }) => ({ groupId, intent: 'required', licenseType: 'device' }));
}
