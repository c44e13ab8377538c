import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { patience } from './apple-problem.ts';
import { type LookedAt, lookAtToken, tokenOfLocation } from './inspect-token.ts';
import { readToken, tokenNotFound } from './read-tokens.ts';
import { sealToken } from './secrets.ts';
import { explainDuplicates, handOver, lockLocation, lockTokens, wornOut } from './serving.ts';
import { enqueueSync } from './sync-queue.ts';
import { forgetTakeOver, wantTakeOver } from './take-over.ts';
import {
  checkAccountType,
  checkAppleId,
  checkCountry,
  checkDisplayName,
  type TokenFields,
} from './token-input.ts';

export interface TokenPatch extends TokenFields {
  /** A newer file of the same location: renewal. A secret. */
  readonly token?: string | undefined;
}

/**
 * Changes what is given of a token. A new file renews it and is refused when it is of another location. A renewal
 * starts a sync, and so does each explicit wish to take over from another service, whatever was wished before; a changed
 * country takes effect at the next one. A duplicate that is renewed stands by again, and serves the location at once
 * where the credential that does so is worn out.
 *
 * @throws Problem naming the field and the remedy; nothing was changed then
 */
export async function updateToken(
  context: Context,
  id: string,
  patch: TokenPatch,
  actor: Actor,
  signal: AbortSignal = context.signal,
): Promise<void> {
  const before = await readToken(context.db, id);
  const fields = checkFields(patch);
  const renewal = await readRenewal(context, before.locationUid, patch.token, signal);
  const now = context.clock.now();
  const claims = patch.claimTokenManagementFromExternalMdm;
  await context.db.transaction().execute(async (trx) => {
    await lockLocation(trx, before.locationUid);
    const token = (await lockTokens(trx, before.locationUid)).find((one) => one.id === id);
    if (token === undefined) throw tokenNotFound(id);
    if (claims === true) await wantTakeOver(context, trx, before.locationUid);
    if (claims === false) await forgetTakeOver(trx, before.locationUid);
    await trx
      .updateTable('library.token')
      .set({
        ...fields,
        ...(renewal === undefined ? {} : renewedColumns(context, token, renewal)),
        modifiedAt: now,
      })
      .where('id', '=', id)
      .execute();
    await recordAudit(trx, now, actor, {
      action: renewal === undefined ? 'updateVppToken' : 'renewVppToken',
      target: { kind: 'vppToken', id, name: before.displayName },
      detail: { changed: Object.keys(fields) },
    });
    if (renewal !== undefined && !token.serving) {
      await serveIfWornOut(context, trx, before.locationUid);
    } else if (renewal !== undefined) {
      await enqueueSync(context, trx, id, 'manual', actor);
    }
    const serving = claims === true ? await tokenOfLocation(trx, before.locationUid) : undefined;
    if (serving !== undefined) await enqueueSync(context, trx, serving.id, 'manual', actor);
    await hint(trx, 'tokens', 'locations');
  });
}

function checkFields(patch: TokenFields) {
  return {
    ...(patch.displayName === undefined ? {} : { displayName: checkNewName(patch.displayName) }),
    ...(patch.appleId === undefined ? {} : { appleId: checkAppleId(patch.appleId) }),
    ...(patch.countryOrRegion === undefined
      ? {}
      : { countryOrRegion: checkCountry(patch.countryOrRegion) }),
    ...(patch.vppTokenAccountType === undefined
      ? {}
      : { accountType: checkAccountType(patch.vppTokenAccountType) }),
    ...(patch.automaticallyUpdateApps === undefined
      ? {}
      : { automaticallyUpdateApps: patch.automaticallyUpdateApps }),
    ...(patch.claimTokenManagementFromExternalMdm === undefined
      ? {}
      : { claimFromExternalMdm: patch.claimTokenManagementFromExternalMdm }),
    ...(patch.dataSharingConsentGranted === undefined
      ? {}
      : { dataSharingConsentGranted: patch.dataSharingConsentGranted }),
  };
}

function checkNewName(text: string): string {
  const name = checkDisplayName(text);
  if (name !== '') return name;
  throw new Problem('badRequest', 'displayNameMissing', 'A token needs a name.', {
    field: 'displayName',
  });
}

async function readRenewal(
  context: Context,
  locationUid: string,
  file: string | undefined,
  signal: AbortSignal,
): Promise<LookedAt | undefined> {
  if (file === undefined || file === '') return undefined;
  const next = 'The token is as it was; upload the new file again in a few minutes.';
  const looked = await lookAtToken(context, file, next, patience(context, signal));
  if (looked.config.uId === locationUid) return looked;
  throw new Problem(
    'conflict',
    'otherLocation',
    `This file is of the location "${looked.config.locationName}" (${looked.config.uId}), not of this token's (${locationUid}): create a token of its own for it.`,
    { field: 'token' },
  );
}

/** The state of the one that serves is found out by the sync that follows. */
function renewedColumns(
  context: Context,
  { id, serving }: { readonly id: string; readonly serving: boolean },
  { token, config }: LookedAt,
) {
  return {
    secret: sealToken(context, id, token.sToken),
    organizationName: token.organizationName,
    expiresAt: config.tokenExpirationDate ?? token.expirationDate,
    state: serving ? ('unknown' as const) : ('duplicateLocationId' as const),
    stateReason: null,
  };
}

async function serveIfWornOut(context: Context, trx: Trx, locationUid: string): Promise<void> {
  const serving = await tokenOfLocation(trx, locationUid);
  if (serving === undefined) return;
  if (!wornOut.has(serving.state) || !(await handOver(context, trx, locationUid, 'working'))) {
    await explainDuplicates(trx, locationUid, serving.displayName);
  }
}
