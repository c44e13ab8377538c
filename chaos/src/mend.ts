import { restoreFleet } from './fleet.ts';
import type { Organization } from './organization.ts';
import { acceptInvitations } from './people.ts';
import { allowRefusal } from './refusal.ts';
import type { Stage } from './stage.ts';
import { reopenRevoked, restoreDeleted } from './token-acts.ts';
import { readTokens, renew } from './tokens.ts';

/** Ends everything that goes wrong: faults at Apple, frozen and dead processes. */
export async function endFaults(stage: Stage, { apps }: Organization): Promise<void> {
  await stage.apple.text('DELETE', '/_control/faults');
  for (const process of stage.processes) {
    if (process.state === 'frozen') stage.thaw(process);
    if (process.state === 'down') await stage.restart(process);
  }
  for (const { uId, adamId } of apps)
    await stage.apple.text('POST', '/_control/assets/return', { uId, adamId });
}

/** What people do about their devices and invitations, and an administrator about what the server says of its tokens and locations. */
export async function attend(stage: Stage, organization: Organization): Promise<void> {
  await stage.during(restoreFleet(stage, organization));
  await acceptInvitations(stage, organization);
  await stage.during(restoreDeleted(stage, organization));
  await stage.during(reopenRevoked(stage, organization));
  organization.wishes.note(organization, stage.clock.now);
  for (const { id, locationUid: uId, state, location } of await readTokens(stage)) {
    const say = async (verb: string): Promise<string> =>
      stage.api.text('POST', `/api/locations/${uId}/${verb}`, { reason: 'all is well again' });
    if (location.paused !== null) await allowRefusal(stage.during(say('resume')));
    if (location.brake !== null) await allowRefusal(stage.during(say('release-brake')));
    if (state === 'expired' || state === 'invalid')
      await allowRefusal(stage.during(renew(stage, { uId, tokenId: id })));
    if (state === 'assignedToExternalMDM') await stage.during(claimBack(stage, uId, id));
  }
}

async function claimBack(stage: Stage, uId: string, tokenId: string): Promise<void> {
  await stage.apple.text('POST', '/_control/takeover/end', { uId });
  // Refused where the location has just been paused; it is resumed before the next time.
  await allowRefusal(
    stage.api.text('PATCH', `/beta/deviceAppManagement/vppTokens/${tokenId}`, {
      claimTokenManagementFromExternalMdm: true,
    }),
  );
}
