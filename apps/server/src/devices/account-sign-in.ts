import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';
import { hashOf } from './links.ts';
import { type OpenLink, openLinkByCode } from './open-link.ts';
import { readSignInCode } from './sign-in-code.ts';

/** The device asks for its profile right after the sign-in. */
const tokenValidForMs = 10 * 60_000;
const mostFailures = 10;
const windowMs = 15 * 60_000;

export interface SignIn {
  /** As somebody typed it. */
  readonly code: string;
  /** The account that was entered in Settings; undefined where the device does not say. */
  readonly account: string | undefined;
  /** The address it comes from. */
  readonly caller: string;
}

/**
 * The person of a link for User Enrollment signs in with its code, and gets the access token with which their device
 * asks for its profile. Only a hash of it is stored; a later sign-in with the code replaces it, so that one that was
 * broken off can be tried again.
 *
 * @throws Problem `tooManySignIns` after 10 wrong codes from an address within 15 minutes, `signInRefused` when the
 * code is wrong, used or too old, `otherAccount` when it is another person's
 */
export async function signInByCode(context: Context, signIn: SignIn): Promise<string> {
  await refuseTooMany(context, signIn.caller);
  const link = await openLinkByCode(context, readSignInCode(signIn.code));
  const account = link && (await accountOf(context, link));
  if (link === undefined || account === undefined) {
    await countFailure(context, signIn.caller);
    throw new Problem(
      'badRequest',
      'signInRefused',
      'This code is wrong, was used already or is too old. Compare it with the page of your link, or ask your administrator for a new one.',
    );
  }
  if (signIn.account !== undefined && signIn.account.toLowerCase() !== account.toLowerCase())
    throw new Problem(
      'badRequest',
      'otherAccount',
      `This code belongs to another account than ${signIn.account}: start again in Settings with the account that the page of your link names.`,
    );
  const token = randomBytes(32).toString('base64url');
  const now = context.clock.now().getTime();
  await context.db
    .updateTable('devices.enrollmentLink')
    .set({
      signInTokenHash: hashOf(token),
      signInTokenExpiresAt: new Date(now + tokenValidForMs),
    })
    .where('id', '=', link.id)
    .execute();
  return token;
}

/** The Managed Apple Account a link is for; undefined where one does not sign in with its code. */
async function accountOf(
  { db }: Context,
  { userEnrollment, renews, personId }: OpenLink,
): Promise<string | undefined> {
  if (!userEnrollment || renews !== null) return undefined;
  const person = await db
    .selectFrom('directory.person')
    .select('managedAppleId')
    .where('id', '=', personId)
    .executeTakeFirst();
  return person?.managedAppleId ?? undefined;
}

async function refuseTooMany({ db, clock }: Context, caller: string): Promise<void> {
  const since = new Date(clock.now().getTime() - windowMs);
  const { rows } = await sql<{ failures: number }>`
    select count(*)::int as failures from devices.sign_in_failure
    where caller = ${caller} and at > ${since}`.execute(db);
  if ((rows[0]?.failures ?? 0) < mostFailures) return;
  throw new Problem(
    'forbidden',
    'tooManySignIns',
    'Too many wrong codes came from your network: try again in a quarter of an hour.',
  );
}

async function countFailure({ db, clock }: Context, caller: string): Promise<void> {
  const now = clock.now();
  const before = new Date(now.getTime() - windowMs);
  await sql`with gone as (delete from devices.sign_in_failure where at <= ${before})
    insert into devices.sign_in_failure (caller, at) values (${caller}, ${now})`.execute(db);
}
