import { sql } from 'kysely';
import { recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { type NewSession, openSession } from './sessions.ts';

const validForMs = 3_600_000;

/** Advisory lock: of two people with a link each, one becomes the first administrator. */
const firstAdministratorLock = 4_219_009;

export interface FirstAdministrator {
  /** From the link's fragment. */
  readonly secret: string;
  readonly name: string;
  readonly signInName: string;
  readonly password: string;
}

/** Whether nobody can sign in yet. */
export async function isFirstStart(db: Database): Promise<boolean> {
  const anyone = await db
    .selectFrom('identity.administrator')
    .select('id')
    .limit(1)
    .executeTakeFirst();
  return anyone === undefined;
}

/**
 * Makes a link under which the first administrator signs up: good once, for one hour. The secret is in the fragment,
 * which browsers send to nobody.
 *
 * @returns undefined when there is an administrator already
 */
export async function createSignInLink(context: Context): Promise<string | undefined> {
  if (!(await isFirstStart(context.db))) return undefined;
  const secret = newSecret();
  const now = context.clock.now();
  await context.db
    .insertInto('identity.signInLink')
    .values({
      secretHash: hashSecret(secret),
      createdAt: now,
      expiresAt: new Date(now.getTime() + validForMs),
    })
    .execute();
  return new URL(`/#sign-in=${secret}`, context.config.publicUrl).href;
}

/**
 * Redeems the link: makes the first administrator and signs them in.
 *
 * @throws Problem `linkVoid` when the link is wrong, used or older than an hour, or when there is an administrator;
 *   `emptyName`, `badSignInName`, `weakPassword`
 */
export async function createFirstAdministrator(
  context: Context,
  input: FirstAdministrator,
): Promise<NewSession> {
  checkNames(input);
  checkPassword(input.password);
  await refuseVoid(context, context.db, input.secret);
  const passwordHash = await hashPassword(input.password);
  return context.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${firstAdministratorLock})`.execute(trx);
    const now = context.clock.now();
    await refuseVoid(context, trx, input.secret);
    await trx
      .updateTable('identity.signInLink')
      .set({ usedAt: now })
      .where('secretHash', '=', hashSecret(input.secret))
      .execute();
    const name = input.name.trim();
    const { id } = await trx
      .insertInto('identity.administrator')
      .values({ name, signInName: input.signInName, passwordHash, createdAt: now })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordAudit(
      trx,
      now,
      { kind: 'administrator', id, name },
      {
        action: 'createFirstAdministrator',
        target: { kind: 'administrator', id, name },
      },
    );
    return openSession(trx, id, now);
  });
}

async function refuseVoid(context: Context, db: Database, secret: string): Promise<void> {
  const link = await db
    .selectFrom('identity.signInLink')
    .select('expiresAt')
    .where('secretHash', '=', hashSecret(secret))
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', context.clock.now())
    .executeTakeFirst();
  if (link !== undefined && (await isFirstStart(db))) return;
  throw new Problem(
    'forbidden',
    'linkVoid',
    'This sign-in link is void: it works once, for one hour, and only while there is no administrator. Make a new one with: npm run allotment -- sign-in-link',
    { field: 'secret' },
  );
}

function checkNames(input: FirstAdministrator): void {
  if (input.name.trim() === '') {
    throw new Problem('badRequest', 'emptyName', 'name must not be empty.', { field: 'name' });
  }
  if (!/^[^\s]{1,128}$/.test(input.signInName)) {
    throw new Problem(
      'badRequest',
      'badSignInName',
      'signInName must be 1 to 128 characters without spaces.',
      {
        field: 'signInName',
      },
    );
  }
}
