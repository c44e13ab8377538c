export type { AssignmentInput } from './check.ts';
export { type AssignmentRow, listAssignments } from './read.ts';
export { createAssignment, deleteAssignment, replaceAssignments } from './save.ts';
