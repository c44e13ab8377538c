import { inviteToProgram } from '@allotment/device-management';
import { fillInCode } from '../associations/index.ts';
import type { Guard } from '../devices/index.ts';
import { stillInstallable, wantedOnDevice } from '../grants/index.ts';

/**
 * An install is handed out only while its license is still held and wanted, a removal only while no assignment wants
 * the app, an invitation only while it can be accepted: it gets its code now.
 */
export const stillWanted: Guard = async (context, trx, { requestType, command, purpose }) => {
  const { assetId, holderId, deviceId, bundleId, locationUid } = purpose;
  if (requestType === 'RemoveApplication') {
    if (typeof deviceId !== 'string' || typeof bundleId !== 'string') return command;
    return (await wantedOnDevice(trx, deviceId, bundleId)) ? undefined : command;
  }
  if (typeof holderId !== 'number') return command;
  if (requestType === 'InstallApplication' && typeof assetId === 'number')
    return (await stillInstallable(trx, assetId, holderId)) ? command : undefined;
  const template = command['InvitationURL'];
  if (typeof template === 'string' && typeof locationUid === 'string') {
    const link = await fillInCode(context, trx, template, { locationUid, holderId });
    return link === undefined ? undefined : inviteToProgram(link);
  }
  return command;
};
