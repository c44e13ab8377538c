import type { Face } from '../call.ts';
import { createVppToken } from './create.ts';
import { deleteVppToken } from './delete.ts';
import { getVppToken } from './get.ts';
import { listVppTokens } from './list.ts';
import { revokeTokenLicenses } from './revoke-licenses.ts';
import { syncLicenses } from './sync-licenses.ts';
import { updateVppToken } from './update.ts';

export function registerVppTokens(face: Face): void {
  listVppTokens(face);
  getVppToken(face);
  createVppToken(face);
  updateVppToken(face);
  deleteVppToken(face);
  syncLicenses(face);
  revokeTokenLicenses(face);
}
