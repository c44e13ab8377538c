export { ensureDevices, getKnownDevice, isSerialNumber, type KnownDevice } from './devices.ts';
export { getDeletedGroup, getGroup, type Group } from './group.ts';
export { createGroup, deleteGroup, type GroupInput, restoreGroup, updateGroup } from './groups.ts';
export { isGuid } from './guid.ts';
export { type ImportKind, importKinds } from './import-rows.ts';
export { confirmImport, stageImport, type StagedImport } from './imports.ts';
export { addMembers, type Member, type MemberKind, membersOf, removeMember } from './members.ts';
export {
  createPerson,
  deletePerson,
  findPerson,
  getPerson,
  type Person,
  type PersonInput,
  updatePerson,
} from './people.ts';
