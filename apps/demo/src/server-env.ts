import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoAuthority } from './certificates.ts';

/** The environment of a server that speaks https to Apple in a box and to everybody else; files go to `folder`. */
export async function serverEnv(
  folder: string,
  authority: DemoAuthority,
  simulator: { readonly url: string; readonly pushUrl: string },
  port: number,
  url: string,
): Promise<Record<string, string>> {
  const tls = await authority.issue('Allotment demo', new Date());
  const files = {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'tls.pem'),
    key: join(folder, 'tls.key'),
  };
  await writeFile(files.ca, authority.pem);
  await writeFile(files.cert, tls.cert);
  await writeFile(files.key, tls.key, { mode: 0o600 });
  return {
    ALLOTMENT_PORT: String(port),
    ALLOTMENT_HOST: '127.0.0.1',
    ALLOTMENT_DATA_DIR: join(folder, 'data'),
    DATABASE_URL: '',
    ALLOTMENT_PUBLIC_URL: url,
    ALLOTMENT_TLS_CERT_FILE: files.cert,
    ALLOTMENT_TLS_KEY_FILE: files.key,
    ALLOTMENT_APPLE_URL: simulator.url,
    ALLOTMENT_CATALOG_URL: simulator.url,
    ALLOTMENT_APNS_URL: simulator.pushUrl,
    ALLOTMENT_APPLE_CA_FILE: files.ca,
    ALLOTMENT_LOG_LEVEL: process.env['ALLOTMENT_LOG_LEVEL'] ?? 'warn',
    HTTPS_PROXY: '',
  };
}
