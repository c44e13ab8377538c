import http2 from 'node:http2';
import { PushError } from '../errors.ts';
import type { PushAnswer } from './verdict.ts';

/** Apple's answers are one short JSON object. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** One HTTP/2 connection to the push service. */
export class PushConnection {
  readonly #session: http2.ClientHttp2Session;
  readonly #timeoutMs: number;
  #retired = false;
  readonly #onRetire: (() => void)[] = [];

  private constructor(session: http2.ClientHttp2Session, timeoutMs: number) {
    this.#session = session;
    this.#timeoutMs = timeoutMs;
    session.on('goaway', () => this.retire());
    session.on('close', () => this.retire());
    // Each push under way learns of it by its own stream.
    session.on('error', () => this.retire());
  }

  /** @throws PushError `unreachable` or `timeout` */
  static async open(
    url: string,
    tls: http2.SecureClientSessionOptions,
    timeoutMs: number,
  ): Promise<PushConnection> {
    const session = http2.connect(url, tls);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const deadline = setTimeout(
      () =>
        reject(new PushError('timeout', `no connection to the push service in ${timeoutMs} ms`)),
      timeoutMs,
    );
    session.once('connect', () => resolve());
    session.once('error', (cause) =>
      reject(
        new PushError('unreachable', `the push service cannot be reached: ${cause.message}`, {
          cause,
        }),
      ),
    );
    session.once('close', () => reject(new PushError('unreachable', 'the push service hung up')));
    try {
      await promise;
      return new PushConnection(session, timeoutMs);
    } catch (error) {
      session.destroy();
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Calls back once, when no further push should go over this connection. */
  onRetire(run: () => void): void {
    if (this.#retired) run();
    else this.#onRetire.push(run);
  }

  onClose(run: () => void): void {
    this.#session.once('close', run);
  }

  /** @throws PushError */
  async request(
    headers: http2.OutgoingHttpHeaders,
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<PushAnswer> {
    if (this.#retired) throw lost();
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const ended = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
      const stream = this.#session.request(headers, { signal: ended });
      stream.end(body);
      return await readAnswer(stream);
    } catch (cause) {
      if (signal?.aborted) throw new PushError('aborted', 'the push was called off', { cause });
      if (timeout.aborted) {
        // A connection that has gone silent would hold up every push after this one too.
        this.retire();
        throw new PushError('timeout', `the push service did not answer in ${this.#timeoutMs} ms`, {
          cause,
        });
      }
      throw lost(cause);
    }
  }

  async close(): Promise<void> {
    this.retire();
    if (this.#session.destroyed) return;
    const closed = Promise.withResolvers<void>();
    this.#session.once('close', () => closed.resolve());
    this.#session.destroy();
    await closed.promise;
  }

  /** Takes no further push; those under way end as they may. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    if (!this.#session.closed) this.#session.close();
    for (const run of this.#onRetire) run();
  }
}

function lost(cause?: unknown): PushError {
  return new PushError('connectionLost', 'the connection to the push service was lost', { cause });
}

async function readAnswer(stream: http2.ClientHttp2Stream): Promise<PushAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<http2.IncomingHttpHeaders>();
  stream.once('response', resolve);
  stream.once('error', reject);
  stream.once('close', () => reject(new Error('the stream ended without an answer')));
  const headers = await promise;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      stream.close(http2.constants.NGHTTP2_CANCEL);
      break;
    }
    chunks.push(chunk);
  }
  return readPushAnswer(headers, Buffer.concat(chunks).toString('utf8'));
}

function readPushAnswer(headers: http2.IncomingHttpHeaders, body: string): PushAnswer {
  const apnsId = headers['apns-id'];
  const { reason, timestamp } = parseBody(body);
  return {
    status: Number(headers[':status']),
    apnsId: typeof apnsId === 'string' ? apnsId : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    timestamp: typeof timestamp === 'number' ? new Date(timestamp) : undefined,
  };
}

/** A proxy in between may answer with anything; its status then has to do. */
function parseBody(body: string): { reason?: unknown; timestamp?: unknown } {
  if (!body.startsWith('{')) return {};
  try {
    return JSON.parse(body) as { reason?: unknown; timestamp?: unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
