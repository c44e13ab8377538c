import type { ClientConfig, ContentToken, LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { explainApple, patience } from './apple-problem.ts';
import { isForeign } from './owner.ts';
import { readTokenFile } from './token-file.ts';

/** What a token file stands for, as shown before it is saved. */
export interface TokenInspection {
  readonly organizationName: string;
  readonly expiresAt: Date;
  readonly uId: string;
  readonly locationName: string;
  /** Two letters; undefined when Apple does not say. */
  readonly country: string | undefined;
  /** The management service that Apple has on record; undefined when there is none, or Apple does not say. */
  readonly owner:
    | { readonly id: string; readonly name: string; readonly ours: boolean }
    | undefined;
  /** The token that already stands for this location. */
  readonly present:
    | { readonly id: string; readonly displayName: string; readonly state: string }
    | undefined;
}

/**
 * Looks at a token file and asks Apple about its location. Changes nothing, at Apple or here.
 *
 * @throws Problem naming what is wrong with the file, or what Apple says
 */
export async function inspectToken(
  context: Context,
  file: string,
  signal: AbortSignal = context.signal,
): Promise<TokenInspection> {
  const next = 'Nothing was saved; choose the file again in a few minutes.';
  const { token, config } = await lookAtToken(context, file, next, patience(context, signal));
  const { mdmInfo } = config;
  const ours = mdmInfo?.id === context.installationId;
  return {
    organizationName: token.organizationName,
    expiresAt: config.tokenExpirationDate ?? token.expirationDate,
    uId: config.uId,
    locationName: config.locationName,
    country: config.countryISO2ACode,
    owner:
      mdmInfo !== undefined && (ours || isForeign(context, mdmInfo))
        ? { id: mdmInfo.id, name: mdmInfo.name, ours }
        : undefined,
    present: await tokenOfLocation(context.db, config.uId),
  };
}

/** A token file and what Apple says of its location; the client is bound to neither location nor owner. */
export interface LookedAt {
  readonly token: ContentToken;
  readonly client: LocationClient;
  readonly config: ClientConfig;
}

/**
 * Asks Apple about a token file while a person waits.
 *
 * @param next what the person does where only another try helps, in a sentence
 * @param waits of `patience`
 * @throws Problem
 */
export async function lookAtToken(
  context: Context,
  file: string,
  next: string,
  waits: AbortSignal,
): Promise<LookedAt> {
  const token = readTokenFile(context, file);
  const client = context.apple.location({ sToken: token.sToken });
  try {
    return { token, client, config: await client.clientConfig(waits) };
  } catch (error) {
    throw explainApple(context, error, waits, { field: 'token', next });
  }
}

/** The token that serves a location. */
export async function tokenOfLocation(
  db: Database,
  uid: string,
): Promise<
  { readonly id: string; readonly displayName: string; readonly state: string } | undefined
> {
  return db
    .selectFrom('library.token')
    .select(['id', 'displayName', 'state'])
    .where('locationUid', '=', uid)
    .where('serving', '=', true)
    .executeTakeFirst();
}
