import { sql, type Selectable } from 'kysely';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { DirectoryPerson } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';

export type Person = Selectable<DirectoryPerson>;

export interface PersonInput {
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly givenName?: string | null;
  readonly surname?: string | null;
  readonly mail?: string | null;
  readonly department?: string | null;
  readonly jobTitle?: string | null;
  /** The Managed Apple Account the organization gave the person. */
  readonly managedAppleId?: string | null;
  /** Says whether the person may sign in elsewhere; licenses do not follow it: leaving is being deleted (behavior 63). */
  readonly accountEnabled?: boolean;
}

/** Whether a text can be a user principal name: a name, an @ and a domain, without spaces. */
export function isUserPrincipalName(text: string): boolean {
  return text.length <= 256 && /^[^\s@]+@[^\s@]+$/.test(text);
}

/** A person who is there, by id or by user principal name in any case. */
export async function findPerson(db: Database, idOrName: string): Promise<Person | undefined> {
  const people = db.selectFrom('directory.person').selectAll().where('deletedAt', 'is', null);
  return isGuid(idOrName)
    ? people.where('id', '=', idOrName).executeTakeFirst()
    : people.where(sql`lower(user_principal_name)`, '=', idOrName.toLowerCase()).executeTakeFirst();
}

/** @throws Problem `userNotFound` */
export async function getPerson(db: Database, idOrName: string): Promise<Person> {
  const person = await findPerson(db, idOrName);
  if (person !== undefined) return person;
  throw new Problem('notFound', 'userNotFound', `There is no user ${idOrName}.`);
}

/** @throws Problem `badUserPrincipalName`, `emptyName`, `userPrincipalNameTaken`, `badManagedAppleId`, `programAccount` */
export async function createPerson(
  context: Context,
  input: PersonInput,
  actor: Actor,
): Promise<Person> {
  checkNames(input);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await refuseTaken(trx, input.userPrincipalName, undefined);
    await refuseProgramAccount(trx, input.managedAppleId);
    const person = await trx
      .insertInto('directory.person')
      .values({ ...input, createdAt: now })
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordAudit(trx, now, actor, { action: 'createUser', target: targetOf(person) });
    return person;
  });
}

/** Changes the given fields. @throws Problem `userNotFound` and those of `createPerson` */
export async function updatePerson(
  context: Context,
  idOrName: string,
  patch: Partial<PersonInput>,
  actor: Actor,
): Promise<Person> {
  checkNames(patch);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const { id } = await getPerson(trx, idOrName);
    if (patch.userPrincipalName !== undefined) await refuseTaken(trx, patch.userPrincipalName, id);
    await refuseProgramAccount(trx, patch.managedAppleId);
    if (Object.keys(patch).length > 0) {
      await trx.updateTable('directory.person').set(patch).where('id', '=', id).execute();
    }
    const person = await getPerson(trx, id);
    if (patch.managedAppleId !== undefined) await leaveNote(trx, 'grants', 'person', id);
    if (toldToApple.some((field) => patch[field] !== undefined))
      await leaveNote(trx, 'associations', 'person', id);
    await hint(trx, 'devices');
    await recordAudit(trx, now, actor, {
      action: 'updateUser',
      target: targetOf(person),
      detail: { fields: Object.keys(patch) },
    });
    return person;
  });
}

/** Takes a person out of the directory; what they were stays for the history. @throws Problem `userNotFound` */
export async function deletePerson(
  context: Context,
  idOrName: string,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const person = await getPerson(trx, idOrName);
    await trx
      .updateTable('directory.person')
      .set({ deletedAt: now })
      .where('id', '=', person.id)
      .execute();
    await leaveNote(trx, 'grants', 'person', person.id);
    await leaveNote(trx, 'associations', 'person', person.id);
    await hint(trx, 'groups', 'devices');
    await recordAudit(trx, now, actor, { action: 'deleteUser', target: targetOf(person) });
  });
}

/** What of a person Apple may be told. */
const toldToApple = ['mail', 'managedAppleId', 'userPrincipalName'] as const;

function targetOf(person: Person): { kind: string; id: string; name: string } {
  return { kind: 'user', id: person.id, name: person.userPrincipalName };
}

function checkNames(input: Partial<PersonInput>): void {
  if (input.userPrincipalName !== undefined && !isUserPrincipalName(input.userPrincipalName)) {
    throw new Problem(
      'badRequest',
      'badUserPrincipalName',
      'userPrincipalName must look like an e-mail address, such as ann@example.org.',
      { field: 'userPrincipalName' },
    );
  }
  const { managedAppleId } = input;
  if (
    managedAppleId !== undefined &&
    managedAppleId !== null &&
    !isUserPrincipalName(managedAppleId)
  ) {
    throw new Problem(
      'badRequest',
      'badManagedAppleId',
      'managedAppleId must look like an e-mail address, such as ann@example.org.',
      { field: 'managedAppleId' },
    );
  }
  if (input.displayName !== undefined && input.displayName.trim() === '') {
    throw new Problem('badRequest', 'emptyName', 'displayName must not be empty.', {
      field: 'displayName',
    });
  }
}

/** The account that manages a content token is none that a person can use in the store (behavior 25). */
async function refuseProgramAccount(
  trx: Trx,
  managedAppleId: string | null | undefined,
): Promise<void> {
  if (managedAppleId === null || managedAppleId === undefined) return;
  const token = await trx
    .selectFrom('library.token')
    .select('displayName')
    .where(sql`lower(apple_id)`, '=', managedAppleId.toLowerCase())
    .executeTakeFirst();
  if (token === undefined) return;
  throw new Problem(
    'badRequest',
    'programAccount',
    `${managedAppleId} manages the content token "${token.displayName}"; such an account does not work in the store. Enter the person's own Managed Apple Account.`,
    { field: 'managedAppleId' },
  );
}

async function refuseTaken(trx: Trx, name: string, except: string | undefined): Promise<void> {
  const other = await findPerson(trx, name);
  if (other === undefined || other.id === except) return;
  throw new Problem(
    'conflict',
    'userPrincipalNameTaken',
    `Another user has the userPrincipalName ${other.userPrincipalName}; choose another one.`,
    { field: 'userPrincipalName' },
  );
}
