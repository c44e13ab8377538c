import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { verifyPassword } from './passwords.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { countFailure, forgetFailures, refuseTooMany } from './sign-in-attempts.ts';
import { SignInRefused } from './sign-in-errors.ts';

const sessionHours = 12;

export type Role = 'administrator' | 'reader';

/** Who is calling, and what they may do. */
export interface Principal {
  readonly actor: Actor & { readonly id: string };
  readonly role: Role;
  readonly by: 'session' | 'apiToken';
}

export interface NewSession {
  readonly secret: string;
  readonly expiresAt: Date;
}

/**
 * Signs a local administrator in.
 *
 * @param name in any case
 * @throws SignInRefused, the same for a wrong name and a wrong password; TooManyAttempts
 */
export async function signIn(
  context: Context,
  name: string,
  password: string,
): Promise<NewSession> {
  await refuseTooMany(context, name);
  const administrator = await context.db
    .selectFrom('identity.administrator')
    .select(['id', 'name', 'passwordHash'])
    .where((where) => where(where.fn('lower', ['signInName']), '=', name.toLowerCase()))
    .where('disabledAt', 'is', null)
    .executeTakeFirst();
  if (
    !(await verifyPassword(password, administrator?.passwordHash)) ||
    administrator === undefined
  ) {
    await countFailure(context, name);
    throw new SignInRefused();
  }
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await forgetFailures(trx, name);
    await recordAudit(
      trx,
      now,
      { kind: 'administrator', id: administrator.id, name: administrator.name },
      {
        action: 'signIn',
        target: { kind: 'administrator', id: administrator.id, name: administrator.name },
      },
    );
    return openSession(trx, administrator.id, now);
  });
}

/** Opens a session and clears away those that have ended. */
export async function openSession(
  trx: Trx,
  administratorId: string,
  now: Date,
): Promise<NewSession> {
  const secret = newSecret();
  const expiresAt = new Date(now.getTime() + sessionHours * 3_600_000);
  await trx.deleteFrom('identity.session').where('expiresAt', '<=', now).execute();
  await trx
    .insertInto('identity.session')
    .values({ secretHash: hashSecret(secret), administratorId, createdAt: now, expiresAt })
    .execute();
  return { secret, expiresAt };
}

/** Whose session this is; undefined when it has ended or never was. */
export async function principalOfSession(
  db: Database,
  secret: string,
  now: Date,
): Promise<Principal | undefined> {
  const row = await db
    .selectFrom('identity.session')
    .innerJoin('identity.administrator', 'identity.administrator.id', 'administratorId')
    .select(['identity.administrator.id', 'name', 'role'])
    .where('secretHash', '=', hashSecret(secret))
    .where('expiresAt', '>', now)
    .where('disabledAt', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    actor: { kind: 'administrator', id: row.id, name: row.name },
    role: roleOf(row.role),
    by: 'session',
  };
}

/** Ends a session; one that is not there has ended already. */
export async function signOut(db: Database, secret: string): Promise<void> {
  await db.deleteFrom('identity.session').where('secretHash', '=', hashSecret(secret)).execute();
}

/** A role as stored; anything unknown may only read. */
export function roleOf(text: string): Role {
  return text === 'administrator' ? 'administrator' : 'reader';
}
