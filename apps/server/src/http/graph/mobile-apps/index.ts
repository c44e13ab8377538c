import type { Face } from '../call.ts';
import { assignMobileApp } from './assign.ts';
import { registerAssignments } from './assignments.ts';
import { getMobileApp } from './get.ts';
import { listMobileApps } from './list.ts';

export function registerMobileApps(face: Face): void {
  listMobileApps(face);
  getMobileApp(face);
  assignMobileApp(face);
  registerAssignments(face);
}
