import type { Client } from 'pg';
import type { Device, Organization, Person } from './organization.ts';

interface Ownership {
  readonly person: Person;
  readonly from: number;
  until: number;
}

/** What was told in the moment in which a device changed hands may be meant for either. */
const momentMs = 60_000;

/** Keeps in mind who had a device when: what Apple in a box tells is read later than it happened. */
export class OwnerLog {
  readonly #ownerships = new Map<string, Ownership[]>();

  /** The device is its owner's from now on. @param now simulated ms */
  note({ serialNumber, owner }: Device, now: number): void {
    const ownerships = this.#ownerships.get(serialNumber) ?? [];
    const last = ownerships.at(-1);
    if (last !== undefined && last.until > now) last.until = now;
    if (owner !== undefined)
      ownerships.push({ person: owner, from: now, until: Number.POSITIVE_INFINITY });
    this.#ownerships.set(serialNumber, ownerships);
  }

  had(serialNumber: string, person: Person): boolean {
    return (this.#ownerships.get(serialNumber) ?? []).some((one) => one.person === person);
  }

  /** Whose a device was about then. */
  around(serialNumber: string, time: number): readonly Person[] {
    return (this.#ownerships.get(serialNumber) ?? [])
      .filter(({ from, until }) => from <= time + momentMs && time - momentMs <= until)
      .map(({ person }) => person);
  }
}

/** Looks up by which ids the server has people known to Apple. */
export async function learnClientUserIds(
  database: Client,
  { clientUserIds }: Organization,
): Promise<void> {
  const { rows } = await database.query<{ key: string; personId: string }>(
    `select key, person_id as "personId" from library.holder where kind = 'person' and person_id is not null`,
  );
  for (const { key, personId } of rows) clientUserIds.set(personId, key);
}
