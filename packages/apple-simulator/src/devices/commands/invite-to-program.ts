import type { Person } from '../../core/world.ts';
import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import { runDetached, type Environment } from '../environment.ts';
import { ask } from '../person.ts';
import { ownPerson, storeAccount } from '../store-account.ts';
import type { CommandKind } from './command.ts';

/** Apple: Invite To Program Command. The answer says only that the invitation is on the screen. */
export const inviteToProgram: CommandKind = {
  requestType: 'InviteToProgram',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad'],
  userFamilies: ['Mac', 'iPad'],
  notForSharedDevice: true,
  notInUserEnrollment: ['iPhone', 'iPad', 'Mac'],
  waitsForPerson: true,
  run({ environment, device }, command) {
    const program = command.required('ProgramID', 'string');
    const url = command.required('InvitationURL', 'string');
    if (program !== 'com.apple.cloudvpp') return { InvitationResult: 'InvalidProgramID' };
    const code = inviteCode(url);
    if (code === undefined) return { InvitationResult: 'InvalidInvitationURL' };
    const what = `invitation on ${device.serialNumber}`;
    runDetached(environment, what, invite(environment, device, code));
    return { InvitationResult: 'Acknowledged' };
  },
};

/** The code in an invitation link; a link whose placeholder was never filled in has none. */
function inviteCode(url: string): string | undefined {
  if (!url.startsWith('https://') || !URL.canParse(url)) return undefined;
  const code = new URL(url).searchParams.get('inviteCode');
  return code === null || code === '' || code.includes('%') ? undefined : code;
}

async function invite(environment: Environment, device: Device, code: string): Promise<void> {
  const { life } = device;
  let accepted: boolean;
  try {
    accepted = await ask(environment, device, 'invite', undefined, life);
  } catch (error) {
    if (life.aborted) return;
    throw error;
  }
  if (!accepted) return;
  await device.reachable();
  const person = life.aborted ? undefined : invitee(environment, device);
  if (person === undefined) return;
  const known = await environment.licenses.acceptInvitation(code, person);
  const { serialNumber } = device;
  environment.journal.write('invitation.opened', { serialNumber, inviteCode: code, known });
}

/** Whose Apple Account answers the invitation. */
function invitee(environment: Environment, device: Device): Person | undefined {
  return storeAccount(environment, device) ?? ownPerson(environment, device);
}
