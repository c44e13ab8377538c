import 'reflect-metadata';
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { PushCredential } from '../../src/index.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A self-signed certificate with its key, PEM. */
export async function selfSigned(name: x509.JsonName): Promise<PushCredential> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: new x509.Name(name),
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2036-01-01T00:00:00Z'),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

export interface ReceivedPush {
  headers: http2.IncomingHttpHeaders;
  body: string;
}

export type Respond = (
  stream: http2.ServerHttp2Stream,
  push: ReceivedPush,
  session: http2.ServerHttp2Session | undefined,
) => void;

/** A stand-in for Apple's push service on a free port of localhost. */
export class PushService implements AsyncDisposable {
  readonly received: ReceivedPush[] = [];
  readonly sessions = new Set<http2.ServerHttp2Session>();
  connections = 0;
  /** How it answers the next pushes. */
  respond: Respond = accept;
  readonly #server: http2.Http2SecureServer;

  private constructor(server: http2.Http2SecureServer) {
    this.#server = server;
    server.on('session', (session) => {
      this.connections += 1;
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => this.sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('error', () => chunks.splice(0));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const push = { headers, body: Buffer.concat(chunks).toString() };
        this.received.push(push);
        const session = stream.session;
        this.respond(
          stream,
          push,
          session && 'goaway' in session ? (session as http2.ServerHttp2Session) : undefined,
        );
      });
    });
  }

  static async start(tls: PushCredential): Promise<PushService> {
    const server = http2.createSecureServer({ cert: tls.certificate, key: tls.key });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new PushService(server);
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

export function accept(stream: http2.ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'apns-id': 'apns-1' });
  stream.end();
}

export function refuse(status: number, body: string): Respond {
  return (stream) => {
    stream.respond({ ':status': status });
    stream.end(body);
  };
}
