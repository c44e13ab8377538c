import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppleSimulator } from '@allotment/apple-simulator';
import { DemoAuthority } from '../../apps/demo/src/certificates.ts';
import { until } from '../../apps/demo/src/http.ts';
import { ServerProcess, freePort } from '../../apps/demo/src/server-process.ts';

/** Simulated seconds a second at Apple: events take a moment, nobody waits for them. */
const speed = 40;

/** Sets up Apple in a box and the server on free ports, prints where they are as JSON, and ends with SIGTERM. */
await using stage = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'allotment-e2e-'));
stage.defer(() => rm(folder, { recursive: true, force: true }));
const now = new Date();
const authority = await DemoAuthority.create(now);
const simulator = stage.use(
  await startAppleSimulator({
    tls: await authority.issue('Apple in a box', now),
    trust: authority.pem,
    speed,
  }),
);
const port = await freePort();
const url = `https://localhost:${port}`;
const tls = await authority.issue('Allotment', now);
const files = {
  ca: join(folder, 'ca.pem'),
  cert: join(folder, 'cert.pem'),
  key: join(folder, 'key.pem'),
};
await writeFile(files.ca, authority.pem);
await writeFile(files.cert, tls.cert);
await writeFile(files.key, tls.key, { mode: 0o600 });
const ended = new AbortController();
process.once('SIGTERM', () => ended.abort());
const server = new ServerProcess(
  {
    ALLOTMENT_HOST: '127.0.0.1',
    ALLOTMENT_PORT: String(port),
    ALLOTMENT_PUBLIC_URL: url,
    ALLOTMENT_DATA_DIR: join(folder, 'data'),
    DATABASE_URL: '',
    ALLOTMENT_TLS_CERT_FILE: files.cert,
    ALLOTMENT_TLS_KEY_FILE: files.key,
    ALLOTMENT_APPLE_URL: simulator.url,
    ALLOTMENT_CATALOG_URL: simulator.url,
    ALLOTMENT_APNS_URL: simulator.pushUrl,
    ALLOTMENT_APPLE_CA_FILE: files.ca,
    ALLOTMENT_LOG_LEVEL: 'warn',
    HTTPS_PROXY: '',
  },
  (line) => process.stderr.write(`${line}\n`),
);
stage.defer(() => server.stop());
server.start();
const secret = await until('the first-start link', 90_000, async () => {
  if (!server.running || ended.signal.aborted) throw new Error('The server ended too early.');
  return server.signInSecret;
});
const firstStartUrl = `${url}/#sign-in=${secret}`;
process.stdout.write(`${JSON.stringify({ url, firstStartUrl, appleUrl: simulator.url })}\n`);
if (!ended.signal.aborted) await once(ended.signal, 'abort');
