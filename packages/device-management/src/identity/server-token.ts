import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type forge from 'node-forge';
import { ServerTokenError } from '../errors.ts';
import type { AuthorityMaterial } from './authority.ts';
import { loadForge } from './forge.ts';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

type Forge = typeof forge;

const DAY = 24 * 60 * 60 * 1000;

/** A server token of Apple's device enrollment: five values, all but the consumer key and the end secret. */
export interface ServerToken {
  consumerKey: string;
  consumerSecret: string;
  accessToken: string;
  accessSecret: string;
  expiresAt: Date;
}

/**
 * The key pair for which Apple encrypts server tokens, with the self-signed certificate in which Apple wants the
 * public key. The private key is a secret.
 */
export async function createTokenKey(options: {
  commonName: string;
  now: Date;
}): Promise<AuthorityMaterial> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serialNumber = randomBytes(16);
  serialNumber[0] = 0x40;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber.toString('hex'),
      name: new x509.Name([{ CN: [options.commonName] }]),
      notBefore: new Date(options.now.getTime() - DAY),
      notAfter: new Date(options.now.getTime() + 3650 * DAY),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment, true)],
    },
    webcrypto,
  );
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: x509.PemConverter.encode(der, 'PRIVATE KEY'),
  };
}

/**
 * Opens a server token as Apple hands it out (`.p7m`): S/MIME around a CMS EnvelopedData, in it a JSON object between
 * two lines of dashes.
 *
 * @throws ServerTokenError: what the file is instead, that it was made for another key, or that it is damaged
 */
export async function openServerToken(file: string, key: AuthorityMaterial): Promise<ServerToken> {
  const der = readSmime(file);
  const content = decrypt(await loadForge(), der, key);
  const json = /-----BEGIN MESSAGE-----([^]*?)-----END MESSAGE-----/.exec(content)?.[1];
  if (json === undefined) throw damaged();
  return readToken(json);
}

function readSmime(file: string): string {
  const text = file.replaceAll('\r\n', '\n').trim();
  const gap = text.indexOf('\n\n');
  const head = gap === -1 ? '' : text.slice(0, gap);
  const base64 = (gap === -1 ? text : text.slice(gap)).replaceAll(/\s/g, '');
  if (!/application\/(?:x-)?pkcs7-mime/i.test(head)) throw otherFile(text);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw damaged();
  return Buffer.from(base64, 'base64').toString('latin1');
}

function otherFile(text: string): ServerTokenError {
  return new ServerTokenError(
    'otherFile',
    `this is ${nameOf(text)}, not a server token: take the file that ends with .p7m from the settings of the device management service at Apple`,
  );
}

/** What people upload by mistake, named. */
function nameOf(text: string): string {
  if (isContentToken(text)) return 'a content token for apps and books (.vpptoken)';
  if (text.includes('-----BEGIN CERTIFICATE')) return 'a certificate';
  if (text.includes('PRIVATE KEY-----')) return 'a private key';
  return text.startsWith('<') ? 'a property list or a profile' : 'another file';
}

function isContentToken(text: string): boolean {
  const inner = Buffer.from(text.replaceAll(/\s/g, ''), 'base64').toString('utf8');
  return inner.startsWith('{') && inner.includes('"token"') && inner.includes('"expDate"');
}

function decrypt(forge: Forge, der: string, key: AuthorityMaterial): string {
  const message = parse(forge, der);
  const recipient = message.findRecipient(forge.pki.certificateFromPem(key.certificatePem));
  if (!recipient)
    throw new ServerTokenError(
      'otherKey',
      'this server token was made for another public key: upload the public key of this server at Apple and download the token anew',
    );
  try {
    message.decrypt(recipient, forge.pki.privateKeyFromPem(key.privateKeyPem));
  } catch (cause) {
    throw damaged(cause);
  }
  const { content } = message;
  if (content === undefined) throw damaged();
  return typeof content === 'string' ? content : content.getBytes();
}

function parse(forge: Forge, der: string): forge.pkcs7.Captured<forge.pkcs7.PkcsEnvelopedData> {
  try {
    const message = forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(der));
    if ('recipients' in message) return message;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

function readToken(json: string): ServerToken {
  const value = parseJson(json);
  if (typeof value !== 'object' || value === null) throw damaged();
  const text = (name: string): string => {
    const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
    if (typeof found === 'string' && found !== '') return found;
    throw new ServerTokenError('damaged', `the server token lacks ${name}: download it anew`);
  };
  const expiresAt = new Date(text('access_token_expiry'));
  if (Number.isNaN(expiresAt.getTime())) throw damaged();
  return {
    consumerKey: text('consumer_key'),
    consumerSecret: text('consumer_secret'),
    accessToken: text('access_token'),
    accessSecret: text('access_secret'),
    expiresAt,
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The error quotes what it could not read, which is secret.
    throw damaged();
  }
}

function damaged(cause?: unknown): ServerTokenError {
  return new ServerTokenError(
    'damaged',
    'the server token is damaged or encrypted in a way that is not known: download it anew and upload it unchanged',
    { cause },
  );
}
