import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDictionary, readPlist } from '@allotment/device-management';
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

async function inFolder<Result>(act: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-vendor-'));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const publicKeyOf = (key: string): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();

/** A vendor's certificate, issued by a root, both made by openssl. */
async function vendorOf() {
  const authority = selfSigned({ commonName: 'Apple in a test' });
  const { key } = selfSigned({ commonName: 'x' });
  const certificate = await inFolder(async (folder) => {
    await writeFile(join(folder, 'ca.pem'), authority.certificate);
    await writeFile(join(folder, 'ca.key'), authority.key);
    await writeFile(join(folder, 'vendor.pub'), publicKeyOf(key));
    return runIn(folder, openssl, [
      ...'x509 -new -force_pubkey vendor.pub -CA ca.pem -CAkey ca.key -days 900 -subj'.split(' '),
      '/CN=MDM Vendor: Example',
    ]).toString();
  });
  return {
    vendor: { certificate: normal(certificate), key },
    root: normal(authority.certificate),
  };
}

const normal = (pem: string): string => new X509Certificate(pem).toString();

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

  it('is signed with a vendor’s certificate for Apple’s portal, and the vendor’s key is not kept', async () => {
    await http.call('DELETE', path);
    const { vendor, root } = await vendorOf();
    const certificates = vendor.certificate + root;
    const sign = async (more: object = {}) =>
      http.call('POST', `${path}/sign`, { certificates, key: vendor.key, ...more });
    expect((await sign()).status).toBe(404);
    const made = await http.call('POST', path, { organization: 'Example' });
    const signed = await sign();
    expect(signed.status).toBe(200);
    const file = readPlist(Buffer.from(signed.json.signedRequest, 'base64'));
    if (!isDictionary(file)) throw new Error('the file is no dictionary');
    const base64 = (key: string): Buffer => Buffer.from(file[key] as string, 'base64');
    const der = base64('PushCertRequestCSR');
    expect(file['PushCertCertificateChain']).toBe(certificates);
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'request.der'), der);
      await writeFile(join(folder, 'request.pem'), made.json.request);
      await writeFile(join(folder, 'signature'), base64('PushCertSignature'));
      await writeFile(join(folder, 'vendor.pem'), vendor.certificate);
      const pub = runIn(folder, openssl, 'x509 -in vendor.pem -pubkey -noout'.split(' '));
      await writeFile(join(folder, 'vendor.pub'), pub);
      const verified = 'dgst -sha256 -verify vendor.pub -signature signature request.der'.split(
        ' ',
      );
      expect(runIn(folder, openssl, verified).toString()).toContain('Verified OK');
      const same = runIn(folder, openssl, 'req -in request.pem -outform DER'.split(' '));
      expect(same.equals(der)).toBe(true);
    });
    for (const [more, code] of [
      [{ certificates: vendor.certificate }, 'certificate.chainIncomplete'],
      [{ certificates: root + vendor.certificate }, 'certificate.chainIncomplete'],
      [{ certificates: 'nothing' }, 'certificate.malformed'],
      [{ key: 'nothing' }, 'certificate.malformed'],
      [{ key: selfSigned({ commonName: 'x' }).key }, 'certificate.keyMismatch'],
    ] as const) {
      const refused = await sign(more);
      expect(refused).toMatchObject({ status: 400 });
      expect(refused.text).toContain(code);
    }
    const { rows } = await http.context.pool.query('select * from audit.entry');
    expect(rows).toContainEqual(expect.objectContaining({ action: 'signPushRequest' }));
    expect(JSON.stringify(rows)).not.toContain('PRIVATE');
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
