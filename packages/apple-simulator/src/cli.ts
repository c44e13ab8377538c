import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const USAGE = `Apple in a box: license service, catalog, push service and devices, all simulated.

npm run simulator -- [options]
  --port N           HTTP port (8081)
  --push-port N      port of the push service (any free one)
  --host ADDRESS     address to listen on (127.0.0.1)
  --speed N          simulated seconds a second; 0 skips every delay (1)
  --seed N           the same seed and requests give the same run (1)
  --latency N        real milliseconds added to every page of the license service (0)
  --tls-cert FILE    certificate (PEM) for https; with --tls-key
  --tls-key FILE     its key (PEM)
  --trust FILE       certificate authorities (PEM) to trust when calling out
  --help             this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8081' },
      'push-port': { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      speed: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      latency: { type: 'string', default: '0' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      trust: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const options = {
    host: values.host,
    port: number('port', values.port),
    pushPort: number('push-port', values['push-port']),
    speed: number('speed', values.speed),
    seed: number('seed', values.seed),
    latencyMs: number('latency', values.latency),
    tls: await keyPair(values['tls-cert'], values['tls-key']),
    trust: values.trust === undefined ? undefined : await readFile(values.trust, 'utf8'),
  };
  // Loaded late, so that help and complaints come at once.
  const { startAppleSimulator } = await import('./index.ts');
  const simulator = await startAppleSimulator(options);
  console.log(`License service   ${simulator.url}/mdm/v2/service/config
Catalog           ${simulator.url}/WebObjects/MZStorePlatform.woa/wa/lookup
Push service      ${simulator.pushUrl}
Controls          ${simulator.url}/_control/docs

A first organization, some licenses and its token:
  curl -s ${simulator.url}/_control/organizations -H 'content-type: application/json' -d '{"name":"Example"}'
  curl -s ${simulator.url}/_control/purchases -H 'content-type: application/json' \\
    -d '{"uId":"2049000000000001","purchases":[{"adamId":"361285480","quantity":10}]}'
  curl -s ${simulator.url}/_control/tokens -H 'content-type: application/json' \\
    -d '{"uId":"2049000000000001"}' > example.vpptoken`);
  const stop = (): void => void simulator.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** @throws Error that names the option */
function number(option: string, value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || !Number.isFinite(parsed) || parsed < 0) {
    throw new Error(`--${option}: "${value}" is not a number of 0 or more.`);
  }
  return parsed;
}

async function keyPair(
  certFile: string | undefined,
  keyFile: string | undefined,
): Promise<{ cert: string; key: string } | undefined> {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new Error('--tls-cert and --tls-key go together.');
  }
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
