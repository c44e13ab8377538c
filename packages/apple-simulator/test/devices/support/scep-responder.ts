import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPrivateKey, X509Certificate } from 'node:crypto';

import { ContentInfo, SignedData } from 'pkijs';

import { PRINTABLE_STRING, der, octetString } from '../../../src/devices/messages/der.ts';
import { contentOf, signWithAttributes } from '../../../src/devices/scep/cms.ts';
import type { Certified, OpenSsl } from './openssl.ts';

const PREFIX = '2.16.840.1.113733.1.9.';

/** What the responder read in a request. */
export interface ScepRequest {
  readonly method: string;
  readonly messageType: string;
  /** `openssl req -text` of the certificate request; empty for GetCertInitial. */
  readonly text: string;
  /** What OpenSSL says the message is encrypted and signed with. */
  readonly cipher: string;
}

/** A small SCEP server (RFC 8894): OpenSSL verifies, decrypts and certifies. */
export class ScepResponder implements AsyncDisposable {
  readonly requests: ScepRequest[] = [];
  capabilities = 'SCEPStandard\nAES\nSHA-256\nPOSTPKIOperation\n';
  /** How often it puts a request off. */
  pending = 0;
  /** A failInfo to refuse with. */
  refusal: string | undefined;
  /** Bends an answer: another nonce, another transaction, another signer. */
  lie: 'nonce' | 'transaction' | 'signer' | undefined;
  /** A registration authority does the talking. */
  registration = false;
  readonly #openSsl: OpenSsl;
  readonly #authority: Certified;
  readonly #registration: Certified;
  readonly #stranger: Certified;
  readonly #server: Server;
  #waiting: string | undefined;

  private constructor(openSsl: OpenSsl) {
    this.#openSsl = openSsl;
    this.#authority = authority(openSsl, 'SCEP CA');
    this.#stranger = authority(openSsl, 'Somebody');
    this.#registration = openSsl.certify(
      this.#authority,
      '/CN=SCEP RA',
      'basicConstraints=CA:FALSE',
    );
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://responder');
        const { type, body } = this.#answer(url, request.method ?? '', Buffer.concat(chunks));
        response.writeHead(200, { 'content-type': type }).end(body);
      });
    });
  }

  static async start(openSsl: OpenSsl): Promise<ScepResponder> {
    const responder = new ScepResponder(openSsl);
    responder.#server.listen(0, '127.0.0.1');
    await once(responder.#server, 'listening');
    return responder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/scep`;
  }

  /** Certificate of the authority, DER. */
  get certificate(): Buffer {
    return new X509Certificate(this.#authority.certificate).raw;
  }

  reset(): void {
    this.requests.length = 0;
    this.capabilities = 'SCEPStandard\nAES\nSHA-256\nPOSTPKIOperation\n';
    this.pending = 0;
    this.refusal = undefined;
    this.lie = undefined;
    this.registration = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(url: URL, method: string, body: Buffer): { type: string; body: Buffer | string } {
    switch (url.searchParams.get('operation')) {
      case 'GetCACaps':
        return { type: 'text/plain', body: this.capabilities };
      case 'GetCACert':
        return this.registration
          ? {
              type: 'application/x-x509-ca-ra-cert',
              body: this.#bundle([this.#registration, this.#authority]),
            }
          : { type: 'application/x-x509-ca-cert', body: this.certificate };
      default: {
        const message = method === 'POST' ? body : fromQuery(url);
        return { type: 'application/x-pki-message', body: this.#operate(method, message) };
      }
    }
  }

  #operate(method: string, message: Buffer): Buffer {
    const own = this.registration ? this.#registration : this.#authority;
    const openSsl = this.#openSsl;
    const [input, content, request] = [
      openSsl.file(message),
      openSsl.path('der'),
      openSsl.path('csr'),
    ];
    openSsl.run(
      'cms',
      '-verify',
      '-noverify',
      '-binary',
      '-inform',
      'DER',
      '-in',
      input,
      '-out',
      content,
    );
    const cipher = openSsl.run('cms', '-cmsout', '-print', '-inform', 'DER', '-in', content);
    const key = ['-recip', openSsl.file(own.certificate), '-inkey', openSsl.file(own.key)];
    openSsl.run(
      'cms',
      '-decrypt',
      '-binary',
      '-inform',
      'DER',
      '-in',
      content,
      ...key,
      '-out',
      request,
    );
    const attributes = readAttributes(message);
    const messageType = text(attributes.get(`${PREFIX}2`));
    const asked = messageType === '19' ? request : (this.#waiting ?? request);
    const form = ['-inform', 'DER', '-in', asked, '-noout', '-text', '-verify'];
    this.requests.push({
      method,
      messageType,
      text: messageType === '19' ? openSsl.run('req', ...form) : '',
      cipher: /algorithm: (aes-128-cbc|des-ede3-cbc)/.exec(cipher)?.[1] ?? 'unknown',
    });
    this.#waiting = asked;
    if (this.refusal !== undefined) return this.#sign(own, attributes, '2', this.refusal);
    if (this.pending-- > 0) return this.#sign(own, attributes, '3');
    return this.#sign(own, attributes, '0', undefined, this.#certify(asked, message));
  }

  #certify(request: string, message: Buffer): Buffer {
    const openSsl = this.#openSsl;
    const certificate = openSsl.path('crt');
    const issuer = [
      '-CA',
      openSsl.file(this.#authority.certificate),
      '-CAkey',
      openSsl.file(this.#authority.key),
    ];
    const form = ['-req', '-days', '30', '-inform', 'DER', '-copy_extensions', 'copy'];
    openSsl.run('x509', ...form, ...issuer, '-in', request, '-out', certificate);
    const bundle = this.#bundle([{ certificate: openSsl.read(certificate), key: '' }]);
    const output = openSsl.path('der');
    const recipient = openSsl.path('pem');
    const [input, plain] = [openSsl.file(message), openSsl.path('der')];
    const check = ['-verify', '-noverify', '-binary', '-inform', 'DER', '-in', input];
    openSsl.run('cms', ...check, '-out', plain, '-signer', recipient);
    const cipher = ['-encrypt', '-binary', '-aes-256-cbc', '-outform', 'DER'];
    openSsl.run('cms', ...cipher, '-in', openSsl.file(bundle), '-out', output, recipient);
    return openSsl.readBytes(output);
  }

  /** The CertRep. OpenSSL has no attributes of one's own choice, so the device's signature serves here. */
  #sign(
    own: Certified,
    asked: ReadonlyMap<string, Buffer>,
    status: string,
    failInfo?: string,
    content: Buffer = Buffer.alloc(0),
  ): Buffer {
    const transaction = this.lie === 'transaction' ? 'other' : text(asked.get(`${PREFIX}7`));
    const nonce = this.lie === 'nonce' ? Buffer.from('other') : asked.get(`${PREFIX}5`);
    const signer = this.lie === 'signer' ? this.#stranger : own;
    const attributes = [
      printable('2', '3'),
      printable('3', status),
      printable('7', transaction),
      { type: `${PREFIX}6`, value: octetString(nonce ?? Buffer.alloc(0)) },
      ...(failInfo === undefined ? [] : [printable('4', failInfo)]),
    ];
    const identity = {
      privateKey: createPrivateKey(signer.key),
      certificate: new X509Certificate(signer.certificate).raw,
    };
    return signWithAttributes(content, attributes, identity, 'sha256');
  }

  #bundle(certificates: readonly Certified[]): Buffer {
    const openSsl = this.#openSsl;
    const all = openSsl.file(certificates.map(({ certificate }) => certificate).join(''));
    const output = openSsl.path('p7');
    openSsl.run('crl2pkcs7', '-nocrl', '-certfile', all, '-outform', 'DER', '-out', output);
    return openSsl.readBytes(output);
  }
}

function authority(openSsl: OpenSsl, name: string): Certified {
  const [key, certificate] = [openSsl.path('key'), openSsl.path('crt')];
  const form = ['-x509', '-nodes', '-days', '30', '-subj', `/CN=${name}`, '-newkey', 'rsa:2048'];
  openSsl.run('req', ...form, '-keyout', key, '-out', certificate);
  return { key: openSsl.read(key), certificate: openSsl.read(certificate) };
}

function readAttributes(message: Buffer): Map<string, Buffer> {
  const signed = new SignedData({ schema: ContentInfo.fromBER(message).content as unknown });
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? [];
  return new Map(
    attributes.map(({ type, values }) => [
      type,
      contentOf((values as { toBER(): ArrayBuffer }[])[0] ?? new ContentInfo().toSchema()),
    ]),
  );
}

function fromQuery(url: URL): Buffer {
  return Buffer.from(url.searchParams.get('message') ?? '', 'base64');
}

function printable(number: string, value: string): { type: string; value: Buffer } {
  return { type: `${PREFIX}${number}`, value: der(PRINTABLE_STRING, Buffer.from(value)) };
}

function text(value: Buffer | undefined): string {
  return value?.toString('latin1') ?? '';
}
