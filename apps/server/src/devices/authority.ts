import { CertificateAuthority, createAuthority } from '@allotment/device-management';
import type { Context } from '../context.ts';

const keyPlace = 'devices.authority.private_key:authority';

/** The authority that issues device identities, made when there is none yet. */
export async function deviceAuthority(context: Context): Promise<CertificateAuthority> {
  return (await openAuthority(context)) ?? (await makeAuthority(context));
}

async function openAuthority(context: Context): Promise<CertificateAuthority | undefined> {
  const row = await context.db.selectFrom('devices.authority').selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return CertificateAuthority.open({
    certificatePem: row.certificate,
    privateKeyPem: context.secrets.openText(row.privateKey, keyPlace),
  });
}

/** Two processes may make one at the same time: the first to store its own wins. */
async function makeAuthority(context: Context): Promise<CertificateAuthority> {
  const now = context.clock.now();
  const material = await createAuthority({
    commonName: 'Allotment device authority',
    organization: context.config.publicUrl.hostname,
    now,
  });
  await context.db
    .insertInto('devices.authority')
    .values({
      certificate: material.certificatePem,
      privateKey: context.secrets.seal(material.privateKeyPem, keyPlace),
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const stored = await openAuthority(context);
  if (stored === undefined) throw new Error('the device authority was not stored');
  return stored;
}
