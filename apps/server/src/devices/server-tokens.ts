import { randomUUID } from 'node:crypto';
import {
  type AuthorityMaterial,
  createTokenKey,
  openServerToken,
  type ServerToken,
  ServerTokenError,
} from '@allotment/device-management';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';

const keyPlace = 'devices.server_token_key.private_key:server-token';
const secretPlace = (id: string): string => `devices.server_token.secret:${id}`;

/** A device-enrollment token as it may be shown. */
export interface ServerTokenView {
  readonly id: string;
  readonly displayName: string;
  readonly consumerKey: string;
  readonly expiresAt: Date;
  readonly uploadedBy: string;
  readonly uploadedAt: Date;
}

const shown = [
  'id',
  'displayName',
  'consumerKey',
  'expiresAt',
  'uploadedBy',
  'uploadedAt',
] as const;

/** The tokens for device enrollment, the first to end first. They are apart from content tokens in every way. */
export async function serverTokens(db: Database): Promise<readonly ServerTokenView[]> {
  return db
    .selectFrom('devices.serverToken')
    .select(shown)
    .orderBy('expiresAt')
    .orderBy('id')
    .execute();
}

/** PEM of the certificate to upload at Apple, made when there is none yet; it stays the same. */
export async function serverTokenCertificate(context: Context): Promise<string> {
  const stored = await storedKey(context);
  if (stored !== undefined) return stored.certificatePem;
  const now = context.clock.now();
  const { hostname } = context.config.publicUrl;
  const made = await createTokenKey({ commonName: `Allotment ${hostname}`, now });
  await context.db
    .insertInto('devices.serverTokenKey')
    .values({
      certificate: made.certificatePem,
      privateKey: context.secrets.seal(made.privateKeyPem, keyPlace),
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return serverTokenCertificate(context);
}

async function storedKey(context: Context): Promise<AuthorityMaterial | undefined> {
  const row = await context.db.selectFrom('devices.serverTokenKey').selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    certificatePem: row.certificate,
    privateKeyPem: context.secrets.openText(row.privateKey, keyPlace),
  };
}

/** What an administrator uploads. */
export interface NewServerToken {
  readonly displayName: string;
  /** The text of the `.p7m` file. */
  readonly file: string;
}

/**
 * Stores a device-enrollment token: in place of the one with the given id, or of one with the same consumer key.
 *
 * @throws Problem when the file is no server token, was made for another key, or has ended; `serverTokenNotFound`
 */
export async function storeServerToken(
  context: Context,
  { displayName, file }: NewServerToken,
  actor: Actor,
  replaces?: string,
): Promise<ServerTokenView> {
  const token = await read(context, file);
  const now = context.clock.now();
  if (token.expiresAt <= now)
    throw wrong(
      'serverTokenExpired',
      `This server token ended on ${token.expiresAt.toISOString().slice(0, 10)}: download a new one.`,
    );
  return context.db.transaction().execute(async (trx) => {
    const same = await trx
      .selectFrom('devices.serverToken')
      .select('id')
      .where('consumerKey', '=', token.consumerKey)
      .forUpdate()
      .executeTakeFirst();
    if (replaces !== undefined) {
      await getServerToken(trx, replaces);
      if (same !== undefined && same.id !== replaces.toLowerCase())
        throw wrong(
          'serverTokenElsewhere',
          'Another entry holds this very token: replace that one.',
        );
    }
    const id = replaces ?? same?.id ?? randomUUID();
    const values = {
      id,
      displayName,
      consumerKey: token.consumerKey,
      secret: context.secrets.seal(JSON.stringify(token), secretPlace(id)),
      expiresAt: token.expiresAt,
      uploadedBy: actor.name,
      uploadedAt: now,
    };
    await trx
      .insertInto('devices.serverToken')
      .values(values)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .execute();
    await recordAudit(trx, now, actor, {
      action: 'storeServerToken',
      target: { kind: 'serverToken', id, name: displayName },
      detail: { expiresAt: token.expiresAt },
    });
    return getServerToken(trx, id);
  });
}

/** Forgets a token here; at Apple it stays good. @throws Problem `serverTokenNotFound` */
export async function deleteServerToken(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { displayName: name } = await getServerToken(trx, id);
    await trx.deleteFrom('devices.serverToken').where('id', '=', id).execute();
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'deleteServerToken',
      target: { kind: 'serverToken', id, name },
    });
  });
}

async function getServerToken(db: Database, id: string): Promise<ServerTokenView> {
  const token = isGuid(id)
    ? await db
        .selectFrom('devices.serverToken')
        .select(shown)
        .where('id', '=', id)
        .executeTakeFirst()
    : undefined;
  if (token !== undefined) return token;
  throw new Problem(
    'notFound',
    'serverTokenNotFound',
    `There is no device-enrollment token ${id}.`,
  );
}

async function read(context: Context, file: string): Promise<ServerToken> {
  const key = await storedKey(context);
  if (key === undefined)
    throw new Problem(
      'conflict',
      'noServerTokenKey',
      'No public key was made yet: download it here, upload it at Apple, and take the token from there.',
    );
  try {
    return await openServerToken(file, key);
  } catch (error) {
    if (!(error instanceof ServerTokenError)) throw error;
    throw wrong(`serverToken.${error.code}`, `This token cannot be used: ${error.message}.`, error);
  }
}

function wrong(code: string, message: string, cause?: unknown): Problem {
  return new Problem('badRequest', code, message, { field: 'file', cause });
}
