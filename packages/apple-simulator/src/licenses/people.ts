import { createHash } from 'node:crypto';

import type { Person } from '../core/world.ts';

export interface PersonInput {
  readonly name: string;
  readonly appleAccount?: string | undefined;
  readonly managedBy?: string | undefined;
}

/** Everybody who can hold an Apple Account, wherever they work. */
export class People {
  readonly #people = new Map<string, Person>();
  readonly #byAccount = new Map<string, Person>();

  /** @throws Error when somebody has that Apple Account already. */
  add(input: PersonInput): Person {
    const account = input.appleAccount?.toLowerCase();
    if (account !== undefined && this.#byAccount.has(account)) {
      throw new Error(`appleAccount: ${account} belongs to somebody already.`);
    }
    const person: Person = {
      personId: `person-${this.#people.size + 1}`,
      name: input.name,
      ...(account !== undefined && { appleAccount: account, idHash: accountHash(account) }),
      ...(input.managedBy !== undefined && { managedBy: input.managedBy }),
    };
    this.#people.set(person.personId, person);
    if (account !== undefined) this.#byAccount.set(account, person);
    return person;
  }

  get(personId: string): Person | undefined {
    return this.#people.get(personId);
  }

  byAccount(appleAccount: string): Person | undefined {
    return this.#byAccount.get(appleAccount.toLowerCase());
  }

  all(): Person[] {
    return [...this.#people.values()];
  }
}

/** A stand-in for Apple's hash of an account: 28 characters, base64 of 20 bytes, the same for the same account. */
export function accountHash(appleAccount: string): string {
  return createHash('sha1').update(`simulated account ${appleAccount}`).digest('base64');
}
