import type { Guard } from '../devices/index.ts';
import { stillInstallable } from '../grants/index.ts';

/** An install is handed out only while its license is still held and wanted. */
export const stillWanted: Guard = async (trx, { requestType, purpose }) => {
  if (requestType !== 'InstallApplication') return 'handOut';
  const { assetId, holderId } = purpose;
  if (typeof assetId !== 'number' || typeof holderId !== 'number') return 'handOut';
  return (await stillInstallable(trx, assetId, holderId)) ? 'handOut' : 'cancel';
};
