import { createHash, X509Certificate } from 'node:crypto';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { certificatesIn, readAuthorities, sha256Of } from './authorities.ts';

const challengePlace = 'devices.scep.challenge:scep';

/** The organization's SCEP server, as an administrator sets it. */
export interface ScepSettings {
  /** Where devices reach it. */
  readonly url: string;
  /** What it calls the authority, for servers with several; may be empty. */
  readonly name: string;
  /** The password devices ask with; undefined keeps the one that is stored. */
  readonly challenge?: string | undefined;
  /** PEM of the certificates that issue device identities, each directly; the old one beside the new one. */
  readonly authorities: string;
  /** Digest of the authority's certificate, hexadecimal; undefined: that of the first one. */
  readonly fingerprint?: string | undefined;
}

/** What may be shown of it. */
export interface ScepView {
  readonly active: boolean;
  readonly url: string;
  readonly name: string;
  readonly hasChallenge: boolean;
  readonly authorities: readonly { readonly subject: string; readonly expiresAt: Date }[];
  /** Hexadecimal. */
  readonly fingerprint: string;
}

/** The SCEP server that was set; undefined when none ever was. */
export async function scepView(db: Database): Promise<ScepView | undefined> {
  const row = await db.selectFrom('devices.scep').selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  const { active, url, name, challenge, authorities, fingerprint } = row;
  return {
    active,
    url,
    name,
    hasChallenge: challenge !== null,
    authorities: certificatesIn(authorities).map((pem) => {
      const certificate = new X509Certificate(pem);
      return { subject: certificate.subject, expiresAt: certificate.validToDate };
    }),
    fingerprint: fingerprint.toString('hex'),
  };
}

/** What a profile needs of the SCEP server in use. */
export interface ActiveScep {
  readonly url: string;
  readonly name: string;
  readonly challenge: string | undefined;
  readonly fingerprint: Buffer;
  readonly authoritySha256s: readonly string[];
}

/** The SCEP server in use; undefined when new identities are issued here. */
export async function activeScep(context: Context): Promise<ActiveScep | undefined> {
  const row = await context.db
    .selectFrom('devices.scep')
    .selectAll()
    .where('active', '=', true)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { url, name, challenge, authorities, fingerprint } = row;
  return {
    url,
    name,
    challenge: challenge === null ? undefined : context.secrets.openText(challenge, challengePlace),
    fingerprint,
    authoritySha256s: certificatesIn(authorities).map(sha256Of),
  };
}

/**
 * Has devices that enroll from now on get their identity from a SCEP server. Enrolled ones keep theirs.
 *
 * @throws Problem naming the field that is wrong, or when enrolled devices would not be known any more
 */
export async function setScep(
  context: Context,
  settings: ScepSettings,
  actor: Actor,
): Promise<void> {
  const url = readUrl(settings.url);
  const now = context.clock.now();
  const authorities = readAuthorities(settings.authorities, now);
  const fingerprint = readFingerprint(settings.fingerprint, authorities);
  const { challenge } = settings;
  await context.db.transaction().execute(async (trx) => {
    await refuseStrangers(trx, authorities);
    const values = {
      active: true,
      url,
      name: settings.name,
      authorities: authorities.join('\n'),
      fingerprint,
      changedBy: actor.name,
      changedAt: now,
      ...(challenge === undefined
        ? {}
        : {
            challenge: challenge === '' ? null : context.secrets.seal(challenge, challengePlace),
          }),
    };
    await trx
      .insertInto('devices.scep')
      .values(values)
      .onConflict((conflict) => conflict.column('onlyRow').doUpdateSet(values))
      .execute();
    await recordAudit(trx, now, actor, {
      action: 'setScep',
      target: { kind: 'scep', id: new URL(url).hostname },
      detail: { url, authorities: authorities.length },
    });
  });
}

/** New identities are issued here again. Its authorities stay known, for the devices that have identities of them. */
export async function stopScep(context: Context, actor: Actor): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('devices.scep')
      .set({ active: false, changedBy: actor.name, changedAt: now })
      .where('active', '=', true)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    const target = { kind: 'scep', id: 'scep' };
    await recordAudit(trx, now, actor, { action: 'stopScep', target });
  });
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== undefined && isWeb && url.username === '' && url.password === '') return url.href;
  throw new Problem(
    'badRequest',
    'scepUrl',
    'The address of the SCEP server must be a whole one without a name or password in it, such as https://scep.example.org/scep.',
    { field: 'url' },
  );
}

/** SHA-1, which every Apple device compares, unless another digest of one of the authorities is given. */
function readFingerprint(text: string | undefined, authorities: readonly string[]): Buffer {
  const digests = authorities.map((pem) => {
    const { raw } = new X509Certificate(pem);
    return ['sha1', 'sha256', 'md5'].map((name) => createHash(name).update(raw).digest());
  });
  const hex = text?.replaceAll(/[\s:]/g, '').toLowerCase() ?? '';
  const [first] = digests[0] ?? [];
  if (hex === '' && first !== undefined) return first;
  const given = digests.flat().find((digest) => digest.toString('hex') === hex);
  if (given !== undefined) return given;
  throw new Problem(
    'badRequest',
    'scepFingerprint',
    'The fingerprint is of none of these certificates: give the SHA-1, SHA-256 or MD5 digest of the authority in hexadecimal, or leave it out.',
    { field: 'fingerprint' },
  );
}

/** Devices whose identity no authority would vouch for any more could not talk to us. */
async function refuseStrangers(trx: Trx, authorities: readonly string[]): Promise<void> {
  const own = await trx.selectFrom('devices.authority').select('certificate').execute();
  const kept = [...authorities, ...own.map((row) => row.certificate)].map(sha256Of);
  const { devices } = await trx
    .selectFrom('devices.enrollment')
    .select((one) => one.fn.countAll<number>().as('devices'))
    .where('state', 'in', ['authenticated', 'enrolled'])
    .where('deviceEnrollmentId', 'is', null)
    .where('certificateAuthoritySha256', 'not in', kept)
    .executeTakeFirstOrThrow();
  if (devices === 0) return;
  throw new Problem(
    'conflict',
    'authorityInUse',
    `${devices} enrolled devices have identities of an authority that is not among these certificates: add its certificate, they could not be reached any more.`,
    { field: 'authorities' },
  );
}
