import type { Face } from '../call.ts';
import { registerAssignments } from '../assignments.ts';
import { assignMobileApp } from './assign.ts';
import { assignmentBody, assignmentEntity, assignmentsOf, readAssignment } from './assignment.ts';
import { findApp, mobileApps } from './entity.ts';
import { getMobileApp } from './get.ts';
import { listMobileApps } from './list.ts';

export function registerMobileApps(face: Face): void {
  listMobileApps(face);
  getMobileApp(face);
  assignMobileApp(face);
  const { context, version } = face;
  registerAssignments(face, {
    path: mobileApps(version).path,
    find: async (id) => findApp(context.db, id, version),
    setOf: assignmentsOf,
    body: assignmentBody,
    read: readAssignment,
    entity: (row, { platform }) => assignmentEntity(row, platform, version),
  });
}
