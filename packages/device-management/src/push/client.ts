import type { OutgoingHttpHeaders } from 'node:http2';
import { PushError } from '../errors.ts';
import type { PushCredential } from './certificate.ts';
import { PushConnection } from './connection.ts';
import { Slots } from './slots.ts';
import type { PushAnswer } from './verdict.ts';

export interface PushClientOptions extends PushCredential {
  /** Apple's production service when left out. */
  url?: string;
  /** PEM of further authorities to trust for `url`. */
  ca?: string | string[];
  /** Pushes under way at once; the service's own limit holds when it is lower. */
  concurrency?: number;
  /** For connecting, and again for each answer. */
  timeoutMs?: number;
}

export interface PushRequest {
  /** The bytes of TokenUpdate's Token, or the same as hexadecimal digits. */
  token: Uint8Array | string;
  /** PushMagic of the same TokenUpdate. */
  magic: string;
  topic: string;
  /** Until when the service keeps the push for a device that is away. */
  expiration: Date;
}

const PRODUCTION = 'https://api.push.apple.com';

/**
 * Wakes devices over Apple's push service. One connection serves all pushes; it is made when first
 * needed and again when the service ends it. A push carries no content and may be repeated, so one
 * lost with its connection is sent once more on the next.
 * @see https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export class PushClient {
  readonly #options: PushClientOptions;
  readonly #slots: Slots;
  #connection: Promise<PushConnection> | undefined;
  /** The current one, and those that still finish what they began. */
  readonly #live = new Set<PushConnection>();
  #closed = false;

  constructor(options: PushClientOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrency ?? 200);
  }

  /** @throws PushError when no answer came */
  async push(request: PushRequest, signal?: AbortSignal): Promise<PushAnswer> {
    await this.#slots.take(signal);
    try {
      return await this.#pushOnce(request, signal);
    } catch (error) {
      if (!(error instanceof PushError) || error.code !== 'connectionLost') throw error;
      return await this.#pushOnce(request, signal);
    } finally {
      this.#slots.release();
    }
  }

  /** Ends the connection; pushes under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#live].map((connection) => connection.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #pushOnce(request: PushRequest, signal: AbortSignal | undefined): Promise<PushAnswer> {
    if (signal?.aborted) throw new PushError('aborted', 'the push was called off');
    const connection = await this.#connect();
    const answer = await connection.request(headers(request), body(request), signal);
    // Whoever is unwell at the other end of this connection: the next push goes to another.
    if (answer.status >= 500) connection.retire();
    return answer;
  }

  async #connect(): Promise<PushConnection> {
    if (this.#closed) throw new PushError('closed', 'the push client has been closed');
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<PushConnection> {
    const { url = PRODUCTION, certificate, key, ca, timeoutMs = 20_000 } = this.#options;
    const tls = { cert: certificate, key, ...(ca === undefined ? {} : { ca: [ca].flat() }) };
    try {
      const connection = await PushConnection.open(url, tls, timeoutMs);
      connection.onRetire(() => {
        this.#connection = undefined;
      });
      this.#live.add(connection);
      connection.onClose(() => this.#live.delete(connection));
      if (this.#closed) await connection.close();
      return connection;
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }
}

function headers(request: PushRequest): OutgoingHttpHeaders {
  const token =
    typeof request.token === 'string' ? request.token : Buffer.from(request.token).toString('hex');
  return {
    ':method': 'POST',
    ':path': `/3/device/${token.toLowerCase()}`,
    'apns-topic': request.topic,
    'apns-push-type': 'mdm',
    'apns-priority': '10',
    'apns-expiration': String(Math.floor(request.expiration.getTime() / 1000)),
  };
}

function body(request: PushRequest): string {
  return JSON.stringify({ mdm: request.magic });
}
