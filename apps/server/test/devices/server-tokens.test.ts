import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestHttp, type TestHttp } from '../http/support/http.ts';
import { findProgram, runIn } from '../support/programs.ts';
import { selfSigned } from './support/credentials.ts';

const openssl = findProgram('openssl') ?? '';

let http: TestHttp;
let certificate: string;
beforeAll(async () => {
  http = await openTestHttp();
  const answer = await http.call('POST', '/api/server-tokens/public-key');
  certificate = answer.json.certificate;
});
afterAll(async () => http[Symbol.asyncDispose]());

const values = {
  consumer_key: 'CK_1',
  consumer_secret: 'CS_secret',
  access_token: 'AT_secret',
  access_secret: 'AS_secret',
  access_token_expiry: '2035-01-01T00:00:00Z',
};

/** What Apple's portal hands out, made by openssl for a public key. */
async function p7m(content: object, forKey: string, cipher = '-aes256'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-p7m-'));
  try {
    await writeFile(join(folder, 'key.pem'), forKey);
    const message = `-----BEGIN MESSAGE-----\n${JSON.stringify(content)}\n-----END MESSAGE-----\n`;
    await writeFile(
      join(folder, 'message'),
      `Content-Type: text/plain;charset=UTF-8\n\n${message}`,
    );
    const encrypt = ['smime', '-encrypt', cipher, '-in', 'message', '-outform', 'SMIME', 'key.pem'];
    return runIn(folder, openssl, encrypt).toString();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const upload = (file: string, displayName = 'iPads of the library') =>
  http.call('POST', '/api/server-tokens', { displayName, file });

describe.skipIf(openssl === '')('a device-enrollment token [brief 24]', () => {
  it('is an object of its own: no content token comes of it, and its secrets are sealed', async () => {
    const answer = await upload(await p7m(values, certificate));
    expect(answer).toMatchObject({
      status: 201,
      json: { consumerKey: 'CK_1', expiresDateTime: '2035-01-01T00:00:00.000Z' },
    });
    expect(answer.text).not.toContain('secret');
    expect((await http.call('GET', '/api/tokens')).json).toMatchObject({ value: [] });
    const { rows } = await http.context.pool.query('select * from devices.server_token');
    expect(JSON.stringify(rows)).not.toContain('_secret');
    const listed = (await http.call('GET', '/api/server-tokens')).json;
    expect(listed.value).toHaveLength(1);
  });

  it('is replaced by a newer one, also in the encryption that Apple used before', async () => {
    const renewed = { ...values, access_token_expiry: '2036-01-01T00:00:00Z' };
    const { json } = await upload(await p7m(renewed, certificate, '-des3'), 'renewed');
    const other = { ...renewed, consumer_key: 'CK_2' };
    const file = await p7m(other, certificate);
    const put = await http.call('PUT', `/api/server-tokens/${json.id}`, { displayName: 'x', file });
    expect(put.json).toMatchObject({ id: json.id, consumerKey: 'CK_2' });
    expect((await http.call('GET', '/api/server-tokens')).json.value).toHaveLength(1);
  });

  it('is deleted, once', async () => {
    const { json } = await upload(await p7m({ ...values, consumer_key: 'CK_3' }, certificate));
    expect((await http.call('DELETE', `/api/server-tokens/${json.id}`)).status).toBe(204);
    expect((await http.call('DELETE', `/api/server-tokens/${json.id}`)).status).toBe(404);
    expect((await http.call('DELETE', '/api/server-tokens/nothing')).status).toBe(404);
  });

  it('is refused when it was made for another key, is damaged, incomplete or over', async () => {
    const good = await p7m(values, certificate);
    const stranger = selfSigned({ commonName: 'other' }).certificate;
    const cases: readonly (readonly [string, RegExp])[] = [
      [await p7m(values, stranger), /made for another public key/],
      [good.slice(0, -200), /damaged/],
      [await p7m({ ...values, access_secret: '' }, certificate), /lacks access_secret/],
      [await p7m({ ...values, access_token_expiry: 'soon' }, certificate), /damaged/],
      [await p7m({ ...values, access_token_expiry: '2020-01-01' }, certificate), /ended on 2020/],
    ];
    for (const [file, message] of cases) {
      const answer = await upload(file);
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(message);
    }
  });
});

describe('a file that is no device-enrollment token', () => {
  const contentToken = { token: 'x', expDate: '2035-01-01T00:00:00+0000', orgName: 'School' };
  it.each([
    ['a content token', Buffer.from(JSON.stringify(contentToken)).toString('base64')],
    ['a certificate', selfSigned({ commonName: 'x' }).certificate],
    ['a private key', selfSigned({ commonName: 'x' }).key],
    ['a property list or a profile', '<?xml version="1.0"?><plist/>'],
    ['another file', 'serialNumber\nC02X'],
  ])('is named: %s', async (name, file) => {
    const answer = await upload(file);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`this is ${name}`);
  });
});
