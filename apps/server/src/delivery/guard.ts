import type { Guard } from '../devices/index.ts';
import { stillInstallable, wantedOnDevice } from '../grants/index.ts';

/** An install is handed out only while its license is still held and wanted, a removal only while none is. */
export const stillWanted: Guard = async (trx, { requestType, purpose }) => {
  const { assetId, holderId, deviceId, bundleId } = purpose;
  if (requestType === 'RemoveApplication') {
    if (typeof deviceId !== 'string' || typeof bundleId !== 'string') return 'handOut';
    return (await wantedOnDevice(trx, deviceId, bundleId)) ? 'cancel' : 'handOut';
  }
  if (requestType !== 'InstallApplication') return 'handOut';
  if (typeof assetId !== 'number' || typeof holderId !== 'number') return 'handOut';
  return (await stillInstallable(trx, assetId, holderId)) ? 'handOut' : 'cancel';
};
