import {
  CertificateError,
  inspectPushCredential,
  type PushCertificateInfo,
  type PushCredential,
} from '@allotment/device-management';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { forgetPushRequest, pushRequestKey } from './push-request.ts';

const keyPlace = 'devices.push_certificate.private_key:push';

/** What may be shown of the push certificate. */
export interface PushCertificate {
  readonly topic: string;
  readonly expiresAt: Date;
  /** Why Apple refused it when it was last used. */
  readonly problem: string | null;
}

/** The push certificate in use; undefined when none was uploaded. */
export async function pushCertificate(db: Database): Promise<PushCertificate | undefined> {
  return db
    .selectFrom('devices.pushCertificate')
    .select(['topic', 'expiresAt', 'problem'])
    .executeTakeFirst();
}

export interface StoredCredential extends PushCredential {
  readonly topic: string;
  /** Changes with every upload. */
  readonly version: string;
  /** When Apple last refused it. */
  readonly problemAt: Date | null;
}

/** The same with its key, for pushing. */
export async function pushCredential(context: Context): Promise<StoredCredential | undefined> {
  const row = await context.db
    .selectFrom('devices.pushCertificate')
    .select(['certificate', 'privateKey', 'topic', 'uploadedAt', 'problemAt'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    certificate: row.certificate,
    key: context.secrets.openText(row.privateKey, keyPlace),
    topic: row.topic,
    version: row.uploadedAt.toISOString(),
    problemAt: row.problemAt,
  };
}

/** What an administrator uploads, PEM. */
export interface NewPushCertificate {
  readonly certificate: string;
  /** Left out for the certificate that came of this server's request. */
  readonly key?: string | undefined;
}

/**
 * Stores the push certificate of the organization. A renewal must keep the topic: devices are bound to it for as long
 * as they are enrolled. The request that waited for a certificate is done with it.
 *
 * @throws Problem when it is no push certificate, has expired, fits no key, or would cut off enrolled devices
 */
export async function setPushCertificate(
  context: Context,
  uploaded: NewPushCertificate,
  actor: Actor,
): Promise<PushCertificate> {
  const { certificate } = uploaded;
  const credential = { certificate, key: uploaded.key ?? (await pushRequestKey(context)) };
  const info = inspect(credential, uploaded.key === undefined);
  const now = context.clock.now();
  if (info.notAfter <= now)
    throw new Problem(
      'badRequest',
      'certificateExpired',
      `This push certificate expired on ${info.notAfter.toISOString().slice(0, 10)}: renew it at identity.apple.com/pushcert with the same Apple Account.`,
      { field: 'certificate' },
    );
  await context.db.transaction().execute(async (trx) => {
    await refuseOtherTopic(trx, info.topic);
    await store(context, trx, credential, info, actor);
    if (uploaded.key === undefined) await forgetPushRequest(trx);
    await recordAudit(trx, now, actor, {
      action: 'setPushCertificate',
      target: { kind: 'pushCertificate', id: info.topic },
      detail: { expiresAt: info.notAfter, certificateSha256: info.certificateSha256 },
    });
  });
  return { topic: info.topic, expiresAt: info.notAfter, problem: null };
}

function inspect(credential: PushCredential, byRequest: boolean): PushCertificateInfo {
  try {
    return inspectPushCredential(credential);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    if (error.code === 'keyMismatch' && byRequest)
      throw new Problem(
        'badRequest',
        'certificate.keyMismatch',
        'This certificate did not come of the request that waits here: upload the one that Apple made of it, or the certificate together with its own key.',
        { field: 'certificate' },
      );
    const field = error.code === 'keyMismatch' ? 'key' : 'certificate';
    throw new Problem(
      'badRequest',
      `certificate.${error.code}`,
      `This push certificate cannot be used: ${error.message}.`,
      { field },
    );
  }
}

async function refuseOtherTopic(trx: Trx, topic: string): Promise<void> {
  const bound = await trx
    .selectFrom('devices.enrollment')
    .select((one) => one.fn.countAll<number>().as('devices'))
    .where('state', '=', 'enrolled')
    .where('deviceEnrollmentId', 'is', null)
    .where('topic', '<>', topic)
    .executeTakeFirstOrThrow();
  if (bound.devices === 0) return;
  throw new Problem(
    'conflict',
    'pushTopicWouldChange',
    `${bound.devices} enrolled devices listen to another push topic and could not be reached any more: renew the certificate in use, with the Apple Account it was made with.`,
    { field: 'certificate' },
  );
}

async function store(
  context: Context,
  trx: Trx,
  credential: PushCredential,
  info: PushCertificateInfo,
  actor: Actor,
): Promise<void> {
  const values = {
    certificate: credential.certificate,
    privateKey: context.secrets.seal(credential.key, keyPlace),
    topic: info.topic,
    expiresAt: info.notAfter,
    uploadedBy: actor.name,
    uploadedAt: context.clock.now(),
    problem: null,
    problemAt: null,
  };
  await trx
    .insertInto('devices.pushCertificate')
    .values(values)
    .onConflict((conflict) => conflict.column('onlyRow').doUpdateSet(values))
    .execute();
  // Pushes that waited for a working certificate go out now.
  await trx
    .updateTable('devices.push')
    .set({ dueAt: context.clock.now(), attempts: 0 })
    .where('lastResult', '=', 'certificateProblem')
    .execute();
}
