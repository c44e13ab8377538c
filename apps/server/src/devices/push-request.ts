import {
  CertificateError,
  createPushRequest,
  signPushRequest,
  type VendorCredential,
} from '@allotment/device-management';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';

const keyPlace = 'devices.push_request.private_key:push';

/** The request for the next push certificate, for an MDM vendor to sign. */
export interface PushRequest {
  /** PEM, PKCS #10. */
  readonly request: string;
  readonly organization: string;
  readonly createdAt: Date;
}

/** The request that waits for its certificate; undefined when there is none. */
export async function pushRequest(db: Database): Promise<PushRequest | undefined> {
  return db
    .selectFrom('devices.pushRequest')
    .select(['request', 'organization', 'createdAt'])
    .executeTakeFirst();
}

/**
 * Makes a key and a request for a push certificate. The key stays here, sealed.
 *
 * @throws Problem `pushRequestWaits` when one was made already: a certificate for it would fit no key any more
 */
export async function makePushRequest(
  context: Context,
  organization: string,
  actor: Actor,
): Promise<PushRequest> {
  const { hostname } = context.config.publicUrl;
  const made = await createPushRequest({ organization, commonName: `Allotment ${hostname}` });
  const createdAt = context.clock.now();
  return context.db.transaction().execute(async (trx) => {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('devices.pushRequest')
      .values({
        request: made.request,
        privateKey: context.secrets.seal(made.key, keyPlace),
        organization,
        createdBy: actor.name,
        createdAt,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n)
      throw new Problem(
        'conflict',
        'pushRequestWaits',
        'A request for a push certificate waits already: use it, or discard it first if it was never signed.',
      );
    await recordAudit(trx, createdAt, actor, {
      action: 'makePushRequest',
      target: { kind: 'pushCertificate', id: 'request' },
      detail: { organization },
    });
    return { request: made.request, organization, createdAt };
  });
}

/**
 * Signs the request that waits with an MDM vendor's certificate, for organizations that are their own vendor. The
 * vendor's key is used once and kept nowhere.
 *
 * @returns the file for Apple's push certificate portal
 * @throws Problem `noPushRequest`, or that the vendor's certificates or key cannot be used
 */
export async function signWaitingRequest(
  context: Context,
  vendor: VendorCredential,
  actor: Actor,
): Promise<string> {
  return context.db.transaction().execute(async (trx) => {
    const waiting = await pushRequest(trx);
    if (waiting === undefined)
      throw new Problem('notFound', 'noPushRequest', 'No request waits for a push certificate.');
    const signed = signAs(vendor, waiting.request);
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'signPushRequest',
      target: { kind: 'pushCertificate', id: 'request' },
    });
    return signed;
  });
}

function signAs(vendor: VendorCredential, request: string): string {
  try {
    return signPushRequest(request, vendor);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new Problem(
      'badRequest',
      `certificate.${error.code}`,
      `The request was not signed: ${error.message}.`,
      { field: error.code === 'keyMismatch' ? 'key' : 'certificates' },
    );
  }
}

/** Discards the request that waits, with its key. */
export async function discardPushRequest(context: Context, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    if (!(await forgetPushRequest(trx))) return;
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'discardPushRequest',
      target: { kind: 'pushCertificate', id: 'request' },
    });
  });
}

/** @returns whether there was one */
export async function forgetPushRequest(trx: Trx): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('devices.pushRequest').executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * The key of the request that waits, for the certificate that came of it.
 *
 * @throws Problem `noPushRequest`
 */
export async function pushRequestKey(context: Context): Promise<string> {
  const row = await context.db
    .selectFrom('devices.pushRequest')
    .select('privateKey')
    .executeTakeFirst();
  if (row !== undefined) return context.secrets.openText(row.privateKey, keyPlace);
  throw new Problem(
    'badRequest',
    'noPushRequest',
    'No request of this server waits for a certificate: upload the key of the certificate as well.',
    { field: 'key' },
  );
}
