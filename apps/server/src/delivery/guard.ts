import { inviteToProgram } from '@allotment/device-management';
import { sql } from 'kysely';
import { fillInCode } from '../associations/index.ts';
import type { Guard } from '../devices/index.ts';
import { isInstallable, isWished } from '../grants/index.ts';

/** Of what the command is for, as `act.ts` and `invitations.ts` write it. */
const said = {
  assetId: sql<number>`(command.purpose ->> 'assetId')::int`,
  holderId: sql<number>`(command.purpose ->> 'holderId')::int`,
  deviceId: sql<string>`(command.purpose ->> 'deviceId')::uuid`,
  bundleId: sql<string>`command.purpose ->> 'bundleId'`,
};

/**
 * An install is handed out only while its license is still held and wanted, a removal only while no assignment wants
 * the app, an invitation only while it can be accepted: it gets its code now.
 */
export const stillWanted: Guard = {
  holds: {
    InstallApplication: sql`(${said.assetId} is null or ${isInstallable(said.assetId, said.holderId)})`,
    RemoveApplication: sql`not ${isWished(said.deviceId, said.bundleId)}`,
  },
  complete: {
    InviteToProgram: async (context, trx, { command, purpose: { locationUid, holderId } }) => {
      const template = command['InvitationURL'];
      const isOurs =
        typeof template === 'string' &&
        typeof locationUid === 'string' &&
        typeof holderId === 'number';
      if (!isOurs) return command;
      const link = await fillInCode(context, trx, template, { locationUid, holderId });
      return link === undefined ? undefined : inviteToProgram(link);
    },
  },
};
