import { type Device, type Organization, type Person, referenceTo } from './organization.ts';
import type { Random } from './random.ts';
import { allowRefusal } from './refusal.ts';
import type { Stage } from './stage.ts';

/** What the ids of users of another product begin with. */
export const strangers = 'stranger-';

/** Brings people into the directory and, with an Apple Account each, to Apple in a box; some have a managed one. */
export async function hirePeople(
  stage: Stage,
  random: Random,
  organizationId: string,
): Promise<readonly Person[]> {
  const count = random.chance(0.75) ? random.integer(3, 8) : 0;
  if (count === 0) return [];
  const accounts = Array.from({ length: count }, (_, i) => ({
    name: `Person ${i + 1}`,
    appleAccount: `person${i + 1}@chaos.example.org`,
    ...(random.chance(0.3) ? { managedBy: organizationId } : {}),
  }));
  const { people } = await stage.apple.json<{ people: { personId: string }[] }>(
    'POST',
    '/_control/people',
    { people: accounts },
  );
  return Promise.all(
    accounts.map(async ({ name, appleAccount, managedBy }, i): Promise<Person> => {
      const { id } = await stage.api.json<{ id: string }>('POST', '/beta/users', {
        displayName: name,
        userPrincipalName: appleAccount,
        ...(managedBy === undefined ? {} : { managedAppleId: appleAccount }),
      });
      return { id, appleId: people[i]?.personId ?? '', left: false };
    }),
  );
}

/** Whose a device is, by Graph. */
const usersOf = (deviceId: string): string =>
  `/beta/deviceManagement/managedDevices/${deviceId}/users/$ref`;

/** Makes a device a person's, or nobody's. */
export async function handOver(
  stage: Stage,
  organization: Organization,
  device: Device,
  person: Person | undefined,
): Promise<void> {
  if (person === undefined) await stage.api.text('DELETE', usersOf(device.id));
  else await stage.api.text('POST', usersOf(device.id), { '@odata.id': referenceTo(person.id) });
  if (organization.fleet.includes(device))
    await stage.apple.text('POST', `/_control/devices/${device.serialNumber}/traits`, {
      personId: person?.appleId ?? null,
      storeAccount: person === undefined ? 'none' : 'own',
    });
  device.owner = person;
  organization.owners.note(device, stage.clock.now);
  // Whoever has it now has asked for nothing there yet.
  for (const app of organization.apps) app.asked.delete(device.serialNumber);
}

/** A person leaves: their licenses go back, the apps on their devices stay. */
export async function leave(
  stage: Stage,
  organization: Organization,
  person: Person,
): Promise<void> {
  await stage.api.text('DELETE', `/beta/users/${person.id}`);
  person.left = true;
  for (const group of organization.groups) group.members.delete(person.id);
  for (const device of organization.devices.filter(({ owner }) => owner === person)) {
    organization.keepsApps.add(device.serialNumber);
    device.owner = undefined;
    organization.owners.note(device, stage.clock.now);
  }
}

/** People who have been invited and did not accept yet do so now. */
export async function acceptInvitations(stage: Stage, organization: Organization): Promise<void> {
  const { people, locations, clientUserIds } = organization;
  for (const { uId } of locations)
    for (const { clientUserId, status } of await usersAt(stage, uId)) {
      const person = people.find(({ id }) => clientUserIds.get(id) === clientUserId);
      if (person === undefined || person.left || status !== 'Registered') continue;
      await allowRefusal(
        stage.apple.text('POST', '/_control/invitations/accept', {
          personId: person.appleId,
          uId,
          clientUserId,
        }),
      );
    }
}

/** A user of a location, as Apple has it; retired ones are listed, too. */
export interface AppleUser {
  readonly clientUserId: string;
  readonly status: string;
}

export async function usersAt({ apple }: Stage, uId: string): Promise<readonly AppleUser[]> {
  const text = await apple.text('GET', `/_control/users?uId=${uId}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AppleUser);
}
