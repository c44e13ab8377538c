import { readAssigned } from './at-apple.ts';
import type { Violation } from './judge.ts';
import type { Organization } from './organization.ts';
import { usersAt } from './people.ts';
import type { Stage } from './stage.ts';

const isActive = (status: string): boolean => status === 'Registered' || status === 'Associated';

/**
 * Compares the users at Apple with the people of the organization, now that nothing goes wrong any more: nobody is
 * there twice, and who left and has nothing there is retired.
 *
 * @returns what is not as it should be; more time may still mend it
 */
export async function compareUsers(
  stage: Stage,
  { locations, people, clientUserIds }: Organization,
): Promise<readonly Violation[]> {
  if (people.length === 0) return [];
  const left = new Set(
    people.filter((person) => person.left).flatMap(({ id }) => clientUserIds.get(id) ?? []),
  );
  const found: Violation[] = [];
  for (const location of locations) {
    const { uId } = location;
    const held = [...(await readAssigned(stage, [location])).values()];
    const active = (await usersAt(stage, uId)).filter(({ status }) => isActive(status));
    for (const [clientUserId, users] of Map.groupBy(active, (user) => user.clientUserId)) {
      const add = (rule: string): number =>
        found.push({ rule, pair: `${uId} ${clientUserId}`, detail: JSON.stringify(users) });
      if (users.length > 1) add('userTwice');
      const isHolding = held.some((holders) => holders.has(clientUserId));
      if (left.has(clientUserId) && !isHolding) add('notRetired');
    }
  }
  return found;
}
