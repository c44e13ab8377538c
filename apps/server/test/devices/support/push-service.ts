import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { PushCredential } from '@allotment/device-management';

export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly timestamp?: number;
}

/** Stands in for Apple's push service: notes the pushes and answers as it is told. */
export class PushService implements AsyncDisposable {
  /** The tokens pushed to, in hexadecimal, with their magic. */
  readonly received: { token: string; magic: string }[] = [];
  answer: Answer = { status: 200 };
  /** What happens between a push and its answer. */
  meanwhile: () => Promise<void> = async () => Promise.resolve();
  readonly #server: http2.Http2SecureServer;
  readonly #sessions = new Set<http2.Http2Session>();

  private constructor(server: http2.Http2SecureServer) {
    this.#server = server;
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mdm } = JSON.parse(Buffer.concat(chunks).toString()) as { mdm: string };
        this.received.push({ token: headers[':path']?.split('/').at(-1) ?? '', magic: mdm });
        this.#respond(stream).catch((error: Error) => stream.destroy(error));
      });
    });
  }

  async #respond(stream: http2.ServerHttp2Stream): Promise<void> {
    await this.meanwhile();
    const { status, ...body } = this.answer;
    stream.respond({ ':status': status });
    stream.end(status === 200 ? undefined : JSON.stringify(body));
  }

  static async start(tls: PushCredential): Promise<PushService> {
    const server = http2.createSecureServer({ cert: tls.certificate, key: tls.key });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new PushService(server);
  }

  get url(): URL {
    return new URL(`https://localhost:${(this.#server.address() as AddressInfo).port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
