import { type Fields, optionalText, readObjects, requiredText } from './read.ts';

/** A person as the location knows them. One clientUserId may have several retired rows beside an active one. */
export interface User {
  readonly clientUserId: string;
  readonly email: string | undefined;
  /** Equals `iTunesStoreAccountHash` of a device that uses the same Apple Account. */
  readonly idHash: string | undefined;
  /** There until the invitation is accepted. */
  readonly inviteCode: string | undefined;
  /** `Registered`, `Associated`, `Retired`, `Deleted`; values not known yet pass through. */
  readonly status: string;
}

/** The users in a member of an answer or notification, such as `users`. */
export function readUsers(fields: Fields, key: string): User[] {
  return readObjects(fields, key, (user) => ({
    clientUserId: requiredText(user, 'clientUserId'),
    email: optionalText(user, 'email'),
    idHash: optionalText(user, 'idHash'),
    inviteCode: optionalText(user, 'inviteCode'),
    status: optionalText(user, 'status') ?? 'Registered',
  }));
}
