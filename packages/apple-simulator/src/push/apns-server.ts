import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';

import { Type } from 'typebox';

import type { FaultPoint } from '../core/faults.ts';
import type { Core } from '../core/world.ts';
import { readNotification, tokenOf, type Refusal } from './apns-request.ts';
import type { CertificateWithKey } from './push-certificates.ts';
import type { PushTokens, TokenStatus } from './push-tokens.ts';

export interface ApnsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: CertificateWithKey;
  /** PEM of the authority that signs the senders' certificates. */
  readonly clientAuthority: string;
}

/** More than the largest payload is not read to the end. */
const LONGEST_BODY = 64 * 1024;

interface AnswerFault {
  readonly status: number;
  readonly reason: string;
}

/** Stand-in for Apple's push service: HTTP/2 with a client certificate, `POST /3/device/<token>`. */
export class ApnsServer implements AsyncDisposable {
  readonly #core: Core;
  readonly #tokens: PushTokens;
  readonly #server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #answerFault: FaultPoint<AnswerFault>;
  readonly #lossFault: FaultPoint<object>;

  private constructor(core: Core, tokens: PushTokens, options: ApnsServerOptions) {
    this.#core = core;
    this.#tokens = tokens;
    this.#answerFault = core.faults.define({
      kind: 'push.answer',
      describes: 'The push service answers with this status and reason and delivers nothing.',
      settings: Type.Object({
        status: Type.Integer({ minimum: 400, maximum: 599, default: 429 }),
        reason: Type.String({ default: 'TooManyRequests' }),
      }),
      scope: ['serialNumber', 'topic'],
    });
    this.#lossFault = core.faults.define({
      kind: 'push.lost',
      describes: 'The push service accepts the notification and never delivers it.',
      settings: Type.Object({}),
      scope: ['serialNumber', 'topic'],
    });
    this.#server = createSecureServer({
      cert: options.tls.certificate,
      key: options.tls.key,
      ca: options.clientAuthority,
      requestCert: true,
      // Senders without a good certificate are to read the reason in an answer.
      rejectUnauthorized: false,
    });
    this.#server.on('session', (session) => this.#follow(session));
  }

  /** Starts to listen. @throws what the operating system says about the address */
  static async start(
    core: Core,
    tokens: PushTokens,
    options: ApnsServerOptions,
  ): Promise<ApnsServer> {
    const server = new ApnsServer(core, tokens, options);
    server.#server.listen(options.port, options.host);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #follow(session: ServerHttp2Session): void {
    const topic = certificateTopic(session);
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', (error) => this.#note('push.connection-error', { message: error.message }));
    session.on('stream', (stream, headers) => {
      stream.on('error', (error) => this.#note('push.stream-error', { message: error.message }));
      void this.#answer(stream, headers, topic);
    });
  }

  async #answer(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    topic: string | undefined,
  ): Promise<void> {
    const body = await readBody(stream);
    if (stream.destroyed) return;
    const id = headers['apns-id'] ?? this.#core.random.uuid();
    const refusal = this.#handle(headers, body, topic);
    if (refusal === undefined) {
      stream.respond({ ':status': 200, 'apns-id': id }, { endStream: true });
      return;
    }
    const { status, ...content } = refusal;
    stream.respond({ ':status': status, 'apns-id': id, 'content-type': 'application/json' });
    stream.end(JSON.stringify(content));
  }

  /** @returns the refusal, or undefined when the notification was taken over */
  #handle(
    headers: IncomingHttpHeaders,
    body: Buffer,
    certificateTopic: string | undefined,
  ): Refusal | undefined {
    const token = tokenOf(headers);
    if (typeof token !== 'string') return this.#refuse(token, undefined);
    const status = this.#tokens.status(token);
    const scope = scopeOf(status, certificateTopic);
    const fault = this.#answerFault.strike(scope);
    if (fault !== undefined) return this.#refuse(fault, token, status);
    const now = this.#core.clock.wallNow();
    const result = readNotification({ headers, body, certificateTopic }, status, now);
    if ('reason' in result) return this.#refuse(result, token, status);
    this.#core.counters.add('push.accepted', scope['serialNumber']);
    this.#note('push.accepted', { token, ...scope });
    if (this.#lossFault.strike(scope) === undefined) this.#tokens.accept(token, result);
    return undefined;
  }

  #refuse(refusal: Refusal, token: string | undefined, status?: TokenStatus): Refusal {
    const serialNumber = status?.kind === 'registered' ? status.serialNumber : undefined;
    this.#core.counters.add('push.refused', serialNumber);
    this.#note('push.refused', { token, serialNumber, ...refusal });
    return refusal;
  }

  #note(kind: string, fields: Readonly<Record<string, unknown>>): void {
    this.#core.journal.write(kind, fields);
  }
}

function scopeOf(status: TokenStatus, topic: string | undefined): Record<string, string> {
  return {
    ...(topic !== undefined && { topic }),
    ...(status.kind === 'registered' && { serialNumber: status.serialNumber }),
  };
}

/** The UID of the sender's certificate, when our authority signed it and it has not expired. */
function certificateTopic(session: ServerHttp2Session): string | undefined {
  const { socket } = session;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject: Record<string, unknown> = { ...socket.getPeerCertificate().subject };
  return typeof subject['UID'] === 'string' ? subject['UID'] : undefined;
}

async function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST_BODY) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
