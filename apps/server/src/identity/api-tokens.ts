import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { type Principal, type Role, roleOf } from './sessions.ts';

/** What every API token begins with, so that scanners of leaked secrets know it. */
const prefix = 'alt_';
/** How exact `last_used_at` is: a busy script must not write on every call. */
const usedGranularityMs = 60_000;

/**
 * Makes an API token; the secret is told once and only its hash is stored.
 *
 * @throws Problem `emptyName`
 */
export async function createApiToken(
  context: Context,
  input: { readonly name: string; readonly role: Role },
  actor: Actor,
): Promise<{ readonly id: string; readonly token: string }> {
  const name = input.name.trim();
  if (name === '') {
    throw new Problem(
      'badRequest',
      'emptyName',
      'The API token needs a name that says who uses it.',
      {
        field: 'name',
      },
    );
  }
  const token = `${prefix}${newSecret()}`;
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const { id } = await trx
      .insertInto('identity.apiToken')
      .values({ name, role: input.role, secretHash: hashSecret(token), createdAt: now })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordAudit(trx, now, actor, {
      action: 'createApiToken',
      target: { kind: 'apiToken', id, name },
      detail: { role: input.role },
    });
    return { id, token };
  });
}

/** Whose API token this is; undefined when it was revoked or never was. */
export async function principalOfApiToken(
  db: Database,
  token: string,
  now: Date,
): Promise<Principal | undefined> {
  if (!token.startsWith(prefix)) return undefined;
  const row = await db
    .selectFrom('identity.apiToken')
    .select(['id', 'name', 'role', 'lastUsedAt'])
    .where('secretHash', '=', hashSecret(token))
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.lastUsedAt === null || now.getTime() - row.lastUsedAt.getTime() >= usedGranularityMs) {
    await db
      .updateTable('identity.apiToken')
      .set({ lastUsedAt: now })
      .where('id', '=', row.id)
      .execute();
  }
  return {
    actor: { kind: 'apiToken', id: row.id, name: row.name },
    role: roleOf(row.role),
    by: 'apiToken',
  };
}

/** An API token without its secret. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** The API tokens that are not revoked, oldest first. */
export async function listApiTokens(db: Database): Promise<readonly ApiToken[]> {
  return db
    .selectFrom('identity.apiToken')
    .select(['id', 'name', 'role', 'createdAt', 'lastUsedAt'])
    .where('revokedAt', 'is', null)
    .orderBy('createdAt')
    .execute();
}

/** Makes an API token void at once. @throws Problem `apiTokenNotFound` */
export async function revokeApiToken(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const revoked = isGuid(id)
      ? await trx
          .updateTable('identity.apiToken')
          .set({ revokedAt: now })
          .where('id', '=', id)
          .where('revokedAt', 'is', null)
          .returning('name')
          .executeTakeFirst()
      : undefined;
    if (revoked === undefined) {
      throw new Problem('notFound', 'apiTokenNotFound', `There is no API token ${id} in use.`);
    }
    await recordAudit(trx, now, actor, {
      action: 'revokeApiToken',
      target: { kind: 'apiToken', id, name: revoked.name },
    });
  });
}
