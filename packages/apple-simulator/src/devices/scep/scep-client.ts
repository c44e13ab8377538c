import 'reflect-metadata';
import { X509Certificate, createHash, KeyObject, randomBytes, webcrypto } from 'node:crypto';

import {
  ChallengePasswordAttribute,
  KeyUsagesExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type JsonName,
} from '@peculiar/x509';

import type { SimulatedClock } from '../../core/clock.ts';
import { SEQUENCE, der } from '../messages/der.ts';
import { certificateNames, type Identity } from '../messages/mdm-signature.ts';
import type { Answer, Network } from '../network.ts';
import {
  buildPkiMessage,
  readCertificates,
  readPkiAnswer,
  type PkiAnswer,
  type PkiRequest,
  type ScepTerms,
} from './pki-message.ts';
import type { ScepSettings } from './scep-settings.ts';

/** No identity came of it; the message says why. */
export class ScepError extends Error {
  override readonly name = 'ScepError';
}

interface Authority {
  /** All certificates the server gave, DER. */
  readonly certificates: Buffer[];
  /** The one that messages are encrypted for. */
  readonly recipient: Buffer;
  readonly terms: ScepTerms;
  readonly posts: boolean;
}

const DAY = 86_400_000;
const HASH_BY_LENGTH: Readonly<Record<number, string>> = {
  16: 'md5',
  20: 'sha1',
  32: 'sha256',
  64: 'sha512',
};
const RSA = { name: 'RSASSA-PKCS1-v1_5', publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };

/**
 * Gets an identity from a SCEP server: GetCACaps, GetCACert, a key of the device's own, PKIOperation, and
 * again for as long as the server puts it off (RFC 8894). Keys and nonces are truly random, whatever the seed.
 * @throws ScepError
 */
export async function obtainIdentity(
  network: Network,
  clock: SimulatedClock,
  settings: ScepSettings,
): Promise<Identity> {
  try {
    return await new ScepClient(network, clock, settings).enroll();
  } catch (error) {
    if (error instanceof ScepError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScepError(`SCEP: ${reason}`, { cause: error });
  }
}

class ScepClient {
  readonly #network: Network;
  readonly #clock: SimulatedClock;
  readonly #settings: ScepSettings;

  constructor(network: Network, clock: SimulatedClock, settings: ScepSettings) {
    this.#network = network;
    this.#clock = clock;
    this.#settings = settings;
  }

  async enroll(): Promise<Identity> {
    const authority = await this.#authority();
    const { keySize } = this.#settings;
    const algorithm = { ...RSA, modulusLength: keySize };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const signer = await this.#selfSigned(keys);
    const transactionId = randomBytes(20).toString('hex').toUpperCase();
    const content = await this.#certificateRequest(keys);
    let answer = await this.#ask(authority, signer, transactionId, '19', content);
    for (let tries = 0; answer.status === 'pending'; tries++) {
      if (tries >= this.#settings.retries)
        throw new ScepError('SCEP: the server still has not decided.');
      await this.#clock.wait(this.#settings.retryDelayMs);
      const names = issuerAndSubject(authority.recipient, signer.certificate);
      answer = await this.#ask(authority, signer, transactionId, '20', names);
    }
    if (answer.status === 'refused')
      throw new ScepError(`SCEP: the server refuses the request (${answer.failInfo}).`);
    return this.#identity(signer.privateKey, answer.certificates);
  }

  async #authority(): Promise<Authority> {
    const capabilities = await this.#get('GetCACaps', this.#settings.name);
    const caps = new Set(
      capabilities.status === 200 ? capabilities.body.toString('latin1').split(/\s+/) : [],
    );
    const standard = caps.has('SCEPStandard');
    const answer = await this.#get('GetCACert', this.#settings.name);
    if (answer.status !== 200) throw new ScepError(`SCEP: GetCACert answers ${answer.status}.`);
    const type = answer.contentType.split(';')[0]?.trim();
    const certificates =
      type === 'application/x-x509-ca-ra-cert' ? readCertificates(answer.body) : [answer.body];
    this.#checkFingerprint(certificates);
    return {
      certificates,
      recipient: recipientAmong(certificates),
      posts: standard || caps.has('POSTPKIOperation'),
      terms: {
        cipher: standard || caps.has('AES') ? 'aes-128-cbc' : 'des-ede3-cbc',
        hash: standard || caps.has('SHA-256') ? 'sha256' : 'sha1',
      },
    };
  }

  #checkFingerprint(certificates: readonly Buffer[]): void {
    const { fingerprint } = this.#settings;
    if (fingerprint === undefined) return;
    const hash = HASH_BY_LENGTH[fingerprint.length];
    const fits = (certificate: Buffer): boolean =>
      hash !== undefined && createHash(hash).update(certificate).digest().equals(fingerprint);
    if (!certificates.some(fits))
      throw new ScepError('SCEP: the authority’s certificate does not have the CAFingerprint.');
  }

  async #ask(
    authority: Authority,
    signer: Identity,
    transactionId: string,
    messageType: PkiRequest['messageType'],
    content: Buffer,
  ): Promise<PkiAnswer> {
    const request = { messageType, content, transactionId, senderNonce: randomBytes(16) };
    const message = buildPkiMessage(request, signer, authority.recipient, authority.terms);
    const answer = await (authority.posts
      ? this.#network.post(this.#url('PKIOperation'), 'application/x-pki-message', message)
      : this.#get('PKIOperation', message.toString('base64')));
    if (answer.status !== 200) throw new ScepError(`SCEP: PKIOperation answers ${answer.status}.`);
    return readPkiAnswer(answer.body, request, signer, authority.certificates);
  }

  #get(operation: string, message: string): Promise<Answer> {
    return this.#network.get(this.#url(operation, message));
  }

  #url(operation: string, message?: string): string {
    const url = new URL(this.#settings.url);
    url.searchParams.set('operation', operation);
    if (message !== undefined) url.searchParams.set('message', message);
    return url.href;
  }

  /** The certificate a device signs its request with before it has another. */
  async #selfSigned(keys: webcrypto.CryptoKeyPair): Promise<Identity> {
    const now = this.#clock.wallNow();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: this.#name(),
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + 365 * DAY),
      keys,
      signingAlgorithm: RSA,
    });
    return {
      privateKey: KeyObject.from(keys.privateKey),
      certificate: Buffer.from(certificate.rawData),
    };
  }

  async #certificateRequest(keys: webcrypto.CryptoKeyPair): Promise<Buffer> {
    const { challenge, keyUsage, altNames } = this.#settings;
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: this.#name(),
      keys,
      signingAlgorithm: RSA,
      attributes: challenge === undefined ? [] : [new ChallengePasswordAttribute(challenge)],
      extensions: [
        ...(keyUsage === 0 ? [] : [new KeyUsagesExtension(keyUsage, true)]),
        ...(altNames.length === 0 ? [] : [new SubjectAlternativeNameExtension([...altNames])]),
      ],
    });
    return Buffer.from(request.rawData);
  }

  #name(): JsonName {
    return this.#settings.subject.map(([attribute, value]) => ({ [attribute]: [value] }));
  }

  #identity(privateKey: KeyObject, certificates: readonly Buffer[]): Identity {
    const now = this.#clock.wallNow();
    const own = certificates.find((certificate) =>
      new X509Certificate(certificate).checkPrivateKey(privateKey),
    );
    if (own === undefined) throw new ScepError('SCEP: no certificate of the answer has the key.');
    const { validFrom, validTo } = new X509Certificate(own);
    if (now < Date.parse(validFrom) || now > Date.parse(validTo))
      throw new ScepError('SCEP: the certificate is not valid today.');
    return { privateKey, certificate: own };
  }
}

/** A registration authority's certificate where there is one, else that of the authority itself. */
function recipientAmong(certificates: readonly Buffer[]): Buffer {
  const usable = certificates.filter(
    (certificate) => new X509Certificate(certificate).publicKey.asymmetricKeyType === 'rsa',
  );
  const registration = usable.find((certificate) => !new X509Certificate(certificate).ca);
  const recipient = registration ?? usable[0];
  if (recipient === undefined) throw new ScepError('SCEP: the authority has no RSA certificate.');
  return recipient;
}

/** What asks about a request that was put off (RFC 8894, section 3.3.3). */
function issuerAndSubject(authority: Buffer, own: Buffer): Buffer {
  return der(SEQUENCE, certificateNames(authority).subject, certificateNames(own).subject);
}
