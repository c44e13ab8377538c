export type { AssignmentInput } from './shape.ts';
export type { AssignmentSettings } from './settings.ts';
export { type AssignmentRow, listAssignments } from './read.ts';
export {
  createAssignment,
  deleteAssignment,
  replaceAssignments,
  writeAssignments,
} from './save.ts';
