import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { TooManyAttempts } from './sign-in-errors.ts';

const mostFailures = 10;
const windowMs = 15 * 60_000;

/** @throws TooManyAttempts after 10 failures under a name within 15 minutes */
export async function refuseTooMany(context: Context, name: string): Promise<void> {
  const now = context.clock.now().getTime();
  const { rows } = await sql<{ oldest: Date }>`
    select at as oldest from identity.sign_in_failure
    where sign_in_name = ${name.toLowerCase()} and at > ${new Date(now - windowMs)}
    order by at desc offset ${mostFailures - 1} limit 1`.execute(context.db);
  const oldest = rows[0]?.oldest;
  if (oldest === undefined) return;
  throw new TooManyAttempts(Math.max(1, Math.ceil((oldest.getTime() + windowMs - now) / 1_000)));
}

/** Remembers a failure, for the length of the window. */
export async function countFailure(context: Context, name: string): Promise<void> {
  const now = context.clock.now();
  await sql`with gone as (
      delete from identity.sign_in_failure where at <= ${new Date(now.getTime() - windowMs)})
    insert into identity.sign_in_failure (sign_in_name, at) values (${name.toLowerCase()}, ${now})`.execute(
    context.db,
  );
}

/** A right password makes the failures before it forgotten. */
export async function forgetFailures(db: Database, name: string): Promise<void> {
  await db
    .deleteFrom('identity.signInFailure')
    .where('signInName', '=', name.toLowerCase())
    .execute();
}
