import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { build, parse, type PlistValue } from 'plist';

import type { Certified } from './openssl.ts';

export type Dictionary = Record<string, PlistValue>;

/** A message a device sent. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
  readonly message: Dictionary;
  /** Subject of the TLS client certificate. */
  readonly clientName: string | undefined;
}

/** What the server answers instead of doing its work. */
export interface Refusal {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** A management server of a few lines: serves profiles, takes check-ins, hands out queued commands. */
export class MdmServer implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Bodies served below /profile/. */
  readonly profiles = new Map<string, { readonly type: string; readonly body: Buffer | string }>();
  /** Offers a command again at once after NotNow, as no server should. */
  stubborn = false;
  /** Decides on answers other than the usual ones. */
  refuse: (message: Received) => Refusal | undefined = () => undefined;
  /** A command answered with NotNow stays, and is offered again in the next session. */
  readonly #queue: { readonly uuid: string; readonly command: Dictionary; offered: boolean }[] = [];
  readonly #server: Server;
  /** The largest number of connections that were open at once. */
  mostConnections = 0;

  private constructor(tls: Certified, clientAuthority: string) {
    this.#server = createServer(
      {
        key: tls.key,
        cert: tls.certificate,
        ca: clientAuthority,
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => void this.#respond(request, response),
    );
    this.#server.on('secureConnection', () => void this.#countConnections());
  }

  async #countConnections(): Promise<void> {
    this.mostConnections = Math.max(this.mostConnections, await this.connections());
  }

  static async start(tls: Certified, clientAuthority: string): Promise<MdmServer> {
    const server = new MdmServer(tls, clientAuthority);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Back to a server that has seen nothing and behaves. */
  clear(): void {
    this.received.length = 0;
    this.#queue.length = 0;
    this.stubborn = false;
    this.refuse = () => undefined;
  }

  /** Open connections. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Queues a command. @returns its CommandUUID */
  enqueue(command: Dictionary, uuid: string = randomUUID()): string {
    this.#queue.push({ uuid, command, offered: false });
    return uuid;
  }

  /** The body of an answer that carries a command. */
  command(command: Dictionary, uuid: string = randomUUID()): string {
    return build({ CommandUUID: uuid, Command: command });
  }

  /** Queued commands without a result. */
  get pending(): number {
    return this.#queue.length;
  }

  /** All messages of one type (check-in) or status (commands). */
  messages(typeOrStatus: string): Dictionary[] {
    return this.received
      .map(({ message }) => message)
      .filter(({ MessageType, Status }) => (MessageType ?? Status) === typeOrStatus);
  }

  /** The results that arrived for a command. */
  results(uuid: string): Dictionary[] {
    return this.received
      .map(({ message }) => message)
      .filter(({ CommandUUID }) => CommandUUID === uuid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body = '', headers } = await this.#answer(request);
    response.writeHead(status, headers).end(body);
  }

  async #answer(request: IncomingMessage): Promise<Refusal> {
    const path = request.url ?? '';
    const profile = this.profiles.get(path);
    if (profile !== undefined)
      return { status: 200, headers: { 'content-type': profile.type }, body: profile.body };
    if (request.method !== 'PUT') return { status: 404 };
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const { CN } = { ...(request.socket as TLSSocket).getPeerCertificate().subject };
    const received: Received = {
      path,
      headers: request.headers,
      raw,
      message: parse(raw.toString('utf8')) as Dictionary,
      clientName: typeof CN === 'string' ? CN : undefined,
    };
    this.received.push(received);
    const refusal = this.refuse(received);
    if (refusal !== undefined) return refusal;
    return path === '/connect' ? this.#nextCommand(received.message) : { status: 200 };
  }

  #nextCommand({ Status, CommandUUID }: Dictionary): Refusal {
    if (Status === 'Idle') for (const entry of this.#queue) entry.offered = false;
    const position = this.#queue.findIndex(({ uuid }) => uuid === CommandUUID);
    if (position >= 0 && Status !== 'NotNow') this.#queue.splice(position, 1);
    const next = this.#queue.find(({ offered }) => !offered || this.stubborn);
    if (next === undefined) return { status: 200 };
    next.offered = true;
    return { status: 200, body: this.command(next.command, next.uuid) };
  }
}
