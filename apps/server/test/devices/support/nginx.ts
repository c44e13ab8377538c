import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PushCredential } from '@allotment/device-management';

const documented = new URL('../../../../../docs/proxy/nginx.conf', import.meta.url);

/** A running nginx with the configuration from the documents. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
}

/** Starts nginx before `upstream`, with only names, files and ports of the documented configuration changed. */
export async function startNginx(
  program: string,
  upstream: number,
  tls: PushCredential,
): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'tls.pem'), tls.certificate);
  await writeFile(join(folder, 'tls.key'), tls.key, { mode: 0o600 });
  const server = replaceAll(await readFile(documented, 'utf8'), [
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['/etc/ssl/allotment.pem', join(folder, 'tls.pem')],
    ['/etc/ssl/allotment.key', join(folder, 'tls.key')],
    ['http://127.0.0.1:8080', `http://127.0.0.1:${upstream}`],
  ]);
  const main = `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr notice;
    events {}
    http {
      access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      ${server}
    }`;
  await writeFile(join(folder, 'nginx.conf'), main);
  const child = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await started(child);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGQUIT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Nginx is ready once it says that it has started its workers. */
async function started(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('start worker process ')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nginx ended: ${said}`)));
  });
}

function replaceAll(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    if (result.split(from).length !== 2) throw new Error(`the configuration lacks ${from}`);
    return result.replace(from, to);
  }, text);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
