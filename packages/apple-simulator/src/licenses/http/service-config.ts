import { errorCodes } from '../errors.ts';
import { NOTIFICATION_TYPES } from '../notifications.ts';
import type { LicenseService } from '../service.ts';

/** Where people accept invitations. */
export const INVITATION_PATH = '/WebObjects/MZFinance.woa/wa/associateVPPUserWithITSAccount';

/** GET /service/config (protocol reference 1.3). @param origin scheme and host under which the simulator was called */
export function serviceConfig(service: LicenseService, origin: string): object {
  const { limits, hiddenLimits } = service.settings;
  const base = `${origin}/mdm/v2`;
  return {
    errorCodes: errorCodes(),
    limits: Object.fromEntries(
      Object.entries(limits).filter(([name]) => !hiddenLimits.some((hidden) => hidden === name)),
    ),
    notificationTypes: NOTIFICATION_TYPES,
    urls: {
      invitationEmail: `${origin}${INVITATION_PATH}?inviteCode=%25inviteCode%25&mt=8`,
      clientConfig: `${base}/client/config`,
      createUsers: `${base}/users/create`,
      updateUsers: `${base}/users/update`,
      retireUsers: `${base}/users/retire`,
      getUsers: `${base}/users`,
      getAssets: `${base}/assets`,
      getAssignments: `${base}/assignments`,
      associateAssets: `${base}/assets/associate`,
      disassociateAssets: `${base}/assets/disassociate`,
      revokeAssets: `${base}/assets/revoke`,
      eventStatus: `${base}/status`,
      contentMetadataLookup: `${origin}/WebObjects/MZStorePlatform.woa/wa/lookup`,
    },
  };
}
