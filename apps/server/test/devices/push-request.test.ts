import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestHttp, type TestHttp } from '../http/support/http.ts';
import { findProgram, runIn } from '../support/programs.ts';
import { selfSigned, TOPIC } from './support/credentials.ts';

const openssl = findProgram('openssl') ?? '';
const path = '/api/push-certificate/request';

let http: TestHttp;
beforeAll(async () => {
  http = await openTestHttp();
});
afterAll(async () => http[Symbol.asyncDispose]());

/** A push certificate of the topic for a request, as Apple makes it, by openssl. */
async function certify(request: string, topic: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-csr-'));
  try {
    const authority = selfSigned({ commonName: 'Apple in a test' });
    await writeFile(join(folder, 'request.pem'), request);
    await writeFile(join(folder, 'ca.pem'), authority.certificate);
    await writeFile(join(folder, 'ca.key'), authority.key);
    const verified = ['req', '-in', 'request.pem', '-verify', '-noout', '-subject'];
    expect(runIn(folder, openssl, verified).toString()).toContain('O = Example');
    const pub = runIn(folder, openssl, ['req', '-in', 'request.pem', '-pubkey', '-noout']);
    await writeFile(join(folder, 'pub.pem'), pub);
    return runIn(folder, openssl, [
      ...'x509 -new -force_pubkey pub.pem -CA ca.pem -CAkey ca.key -days 9000 -subj'.split(' '),
      `/UID=${topic}/CN=APSP`,
    ]).toString();
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(openssl === '')('a request for a push certificate', () => {
  it('is made here, its key is sealed, and the certificate alone completes it', async () => {
    expect((await http.call('GET', path)).status).toBe(404);
    const made = await http.call('POST', path, { organization: 'Example' });
    expect(made.status).toBe(201);
    expect(made.text).not.toContain('PRIVATE');
    expect((await http.call('GET', path)).json).toEqual(made.json);
    const { rows } = await http.context.pool.query('select * from devices.push_request');
    expect(JSON.stringify(rows)).not.toContain('PRIVATE');

    const certificate = await certify(made.json.request, TOPIC);
    const stored = await http.call('PUT', '/api/push-certificate', { certificate });
    expect(stored).toMatchObject({ status: 200, json: { topic: TOPIC } });
    expect((await http.call('GET', path)).status).toBe(404);
  });

  it('is not overwritten while it waits, and is discarded on request', async () => {
    const first = await http.call('POST', path, { organization: 'Example' });
    const second = await http.call('POST', path, { organization: 'Example' });
    expect(second).toMatchObject({ status: 409 });
    expect((await http.call('GET', path)).json).toEqual(first.json);
    expect((await http.call('DELETE', path)).status).toBe(204);
    expect((await http.call('GET', path)).status).toBe(404);
  });

  it('is not completed by the certificate of another key, nor without a request', async () => {
    const { certificate, key } = selfSigned({ commonName: 'APSP', userId: TOPIC });
    expect(createPublicKey(certificate).equals(createPublicKey(createPrivateKey(key)))).toBe(true);
    const none = await http.call('PUT', '/api/push-certificate', { certificate });
    expect(none.status).toBe(400);
    expect(none.text).toContain('upload the key');
    await http.call('POST', path, { organization: 'Example' });
    const other = await http.call('PUT', '/api/push-certificate', { certificate });
    expect(other.status).toBe(400);
    expect(other.text).toContain('did not come of the request');
    expect((await http.call('GET', path)).status).toBe(200);
  });

  it.each(['', 'x'.repeat(65)])(
    'names an organization of 1 to 64 letters',
    async (organization) => {
      const answer = await http.call('POST', path, { organization });
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.text).toContain('organization');
    },
  );
});
