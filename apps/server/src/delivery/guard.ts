import { inviteToProgram } from '@allotment/device-management';
import { sql } from 'kysely';
import { fillInCode } from '../associations/index.ts';
import type { Guard } from '../devices/index.ts';
import { isInstallable, isReadable, isWished } from '../grants/index.ts';

/** Of what the command is for, as `act.ts` and `invitations.ts` write it. */
const said = {
  assetId: sql<number>`(command.purpose ->> 'assetId')::int`,
  holderId: sql<number>`(command.purpose ->> 'holderId')::int`,
  deviceId: sql<string>`(command.purpose ->> 'deviceId')::uuid`,
  bundleId: sql<string>`command.purpose ->> 'bundleId'`,
};

/** The device is signed in to the store with another Apple Account than the one of the person's license. */
const isOtherAccount = sql<boolean>`exists (
  select from library.holder h
  join library.asset a on a.id = ${said.assetId}
  join associations.apple_user u on u.location_uid = a.location_uid and u.holder_id = h.id
  join devices.device dev on dev.id = command.device_id
  where h.id = ${said.holderId} and h.kind = 'person' and dev.store_account_active and dev.store_account_hash <> u.id_hash)`;

/**
 * An install is handed out only while its license is still held and wanted, and its account not another than the
 * device's; a removal only while no assignment wants the app; an invitation only while it can be accepted: it gets its
 * code now.
 */
export const stillWanted: Guard = {
  holds: {
    InstallApplication: sql`(${said.assetId} is null
      or ${isInstallable(said.assetId, said.holderId)} and not ${isOtherAccount})`,
    InstallMedia: sql`(${isReadable(said.assetId, said.holderId)} and not ${isOtherAccount})`,
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
