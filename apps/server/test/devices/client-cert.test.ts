import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage, ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { X509Certificate } from 'node:crypto';
import { writePlist, type PlistDictionary } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, runIn } from '../support/programs.ts';
import { selfSigned, TOPIC } from './support/credentials.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { startNginx } from './support/nginx.ts';
import { type Identity, payloadOf, sign, TestDevice } from './support/test-device.ts';

const nginx = findProgram('nginx') ?? '';
const openssl = findProgram('openssl') ?? '';

let mdm: Mdm;
let port: number;
beforeAll(async () => {
  mdm = await openMdm({ trustedProxies: ['127.0.0.1'] });
  port = Number(new URL(await mdm.http.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(async () => mdm[Symbol.asyncDispose]());

interface Said {
  readonly status: number;
  readonly text: string;
}

type Headers = Readonly<Record<string, string | string[]>>;

async function said(request: ClientRequest, body: Buffer): Promise<Said> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, text: await text(response) };
}

const authenticate = (serialNumber: string, more: PlistDictionary = {}): Buffer =>
  writePlist({
    MessageType: 'Authenticate',
    Topic: TOPIC,
    UDID: `UDID-${serialNumber}`,
    SerialNumber: serialNumber,
    ProductName: 'iPad13,1',
    OSVersion: '18.1',
    ...more,
  });

/** Puts a check-in straight to the server, as a proxy on the given address of this machine would. */
const checkin = async (body: Buffer, headers: Headers, from = '127.0.0.1'): Promise<Said> =>
  said(
    httpRequest({
      host: '127.0.0.1',
      port,
      localAddress: from,
      method: 'PUT',
      path: '/mdm/checkin',
      headers,
    }),
    body,
  );

const header = ({ certificate }: Identity): string =>
  `:${new X509Certificate(certificate).raw.toString('base64')}:`;

const enrolling = async (serialNumber: string): Promise<Identity> => {
  const device = new TestDevice(mdm, serialNumber);
  await device.installProfile();
  if (device.identity === undefined) throw new Error('the device got no identity');
  return device.identity;
};

describe('the Client-Cert header', () => {
  it('of a listed proxy tells whose message it is, without a signature', async () => {
    const identity = await enrolling('C02PROXY01');
    const body = authenticate('C02PROXY01');
    expect(await checkin(body, { 'client-cert': header(identity) })).toEqual({
      status: 200,
      text: '',
    });
  });

  it('is ignored from anywhere else, whatever that says about addresses', async () => {
    const identity = await enrolling('C02PROXY02');
    const body = authenticate('C02PROXY02');
    const forged = { 'client-cert': header(identity), 'x-forwarded-for': '127.0.0.1' };
    expect(await checkin(body, forged, '127.0.0.2')).toMatchObject({
      status: 400,
      text: expect.stringContaining('carries no Mdm-Signature'),
    });
    const signed = { 'client-cert': 'junk', 'mdm-signature': sign(identity, body) };
    expect((await checkin(body, signed, '127.0.0.2')).status).toBe(200);
  });

  it('left out or empty leaves the word to the signature', async () => {
    const identity = await enrolling('C02PROXY03');
    const body = authenticate('C02PROXY03');
    const signature = { 'mdm-signature': sign(identity, body) };
    expect((await checkin(body, signature)).status).toBe(200);
    expect((await checkin(body, { ...signature, 'client-cert': '::' })).status).toBe(200);
  });

  it('given twice, malformed, or of somebody else is refused with 400, even beside a signature', async () => {
    const identity = await enrolling('C02PROXY04');
    const body = authenticate('C02PROXY04');
    const signature = { 'mdm-signature': sign(identity, body) };
    const own = header(identity);
    const stranger = selfSigned({ commonName: 'device' });
    const refused: (string | string[])[] = [
      [own, own],
      `${own}, ${own}`,
      own.slice(1),
      ':AAAA:',
      `:${'A'.repeat(10_000)}:`,
      header(stranger),
    ];
    for (const value of refused)
      expect(await checkin(body, { ...signature, 'client-cert': value })).toMatchObject({
        status: 400,
        text: expect.stringContaining('refused'),
      });
  });
});

describe.skipIf(nginx === '' || openssl === '')('behind nginx as the documents set it up', () => {
  const tls = selfSigned({ commonName: 'localhost', dnsName: 'localhost' });

  it('a device is known by its TLS identity, anybody else by nothing they write', async () => {
    await using proxy = await startNginx(nginx, port, tls);
    const put = async (body: Buffer, headers: Headers, identity?: Identity): Promise<Said> =>
      said(
        httpsRequest({
          host: 'localhost',
          port: proxy.port,
          family: 4,
          ca: tls.certificate,
          method: 'PUT',
          path: '/mdm/checkin',
          headers,
          ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
        }),
        body,
      );
    const identity = await openedByOpenssl('C02NGINX01');
    const body = authenticate('C02NGINX01');
    expect(await put(body, {}, identity)).toEqual({ status: 200, text: '' });
    const forged = { 'client-cert': header(identity) };
    expect(await put(body, forged)).toMatchObject({
      status: 400,
      text: expect.stringContaining('carries no Mdm-Signature'),
    });
    const stranger = selfSigned({ commonName: 'device' });
    expect((await put(body, forged, stranger)).status).toBe(400);
    const signed = { ...forged, 'mdm-signature': sign(identity, body) };
    expect((await put(body, signed)).status).toBe(200);
  });
});

describe.skipIf(openssl === '')('openssl', () => {
  it('verifies what a device signs, and its own signature is accepted', async () => {
    const identity = await openedByOpenssl('C02OPENSSL1');
    const body = authenticate('C02OPENSSL1');
    const files = {
      body,
      cms: Buffer.from(sign(identity, body), 'base64'),
      'device.pem': identity.certificate,
      'device.key': identity.key,
      'ca.pem': await authority(),
    };
    const verify = 'cms -verify -binary -inform DER -in cms -content body -CAfile ca.pem'.split(
      ' ',
    );
    expect(
      await inFolder(files, [...verify, '-purpose', 'any', '-attime', String(seconds())]),
    ).toEqual(body);
    const made = 'cms -sign -binary -in body -outform DER -signer device.pem -inkey device.key';
    const signature = await inFolder(files, made.split(' '));
    const answer = await checkin(body, { 'mdm-signature': signature.toString('base64') });
    expect(answer).toEqual({ status: 200, text: '' });
  });
});

const seconds = (): number => Math.floor(mdm.clock.now().getTime() / 1000);

async function authority(): Promise<string> {
  const row = await mdm.context.db
    .selectFrom('devices.authority')
    .select('certificate')
    .executeTakeFirstOrThrow();
  return row.certificate;
}

/** Key and certificate out of a profile, taken out of the PKCS #12 by openssl alone. */
async function openedByOpenssl(serialNumber: string): Promise<Identity> {
  const profile = await new TestDevice(mdm, serialNumber).installProfile();
  const payload = payloadOf(profile, 'com.apple.security.pkcs12');
  const pkcs12 = payload['PayloadContent'];
  const password = payload['Password'];
  if (!(pkcs12 instanceof Uint8Array) || typeof password !== 'string')
    throw new Error('the profile has no identity');
  const read = ['pkcs12', '-in', 'identity.p12', '-passin', `pass:${password}`, '-nodes'];
  const pem = (await inFolder({ 'identity.p12': Buffer.from(pkcs12) }, read)).toString();
  const part = (label: string): string =>
    new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(pem)?.[0] ?? '';
  return { key: part('PRIVATE KEY'), certificate: part('CERTIFICATE') };
}

async function inFolder(
  files: Readonly<Record<string, string | Buffer>>,
  args: readonly string[],
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-openssl-'));
  try {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
    return runIn(folder, openssl, args);
  } finally {
    await rm(folder, { recursive: true });
  }
}
