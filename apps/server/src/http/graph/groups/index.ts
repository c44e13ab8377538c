import type { Face } from '../call.ts';
import { registerListMembers } from './list-members.ts';
import { registerReadGroups } from './read.ts';
import { registerWriteGroups } from './write.ts';
import { registerWriteMembers } from './write-members.ts';

export function registerGroups(face: Face): void {
  registerReadGroups(face);
  registerWriteGroups(face);
  registerListMembers(face);
  registerWriteMembers(face);
}
