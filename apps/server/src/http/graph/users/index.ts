import type { Face } from '../call.ts';
import { registerReadUsers } from './read.ts';
import { registerWriteUsers } from './write.ts';

export function registerUsers(face: Face): void {
  registerReadUsers(face);
  registerWriteUsers(face);
}
