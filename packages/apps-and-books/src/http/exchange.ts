import type { Dispatcher, fetch as undiciFetch, RequestInit, Response } from 'undici';
import type { Clock } from '../clock.ts';
import { UnavailableError, UnknownOutcomeError } from '../errors/errors.ts';
import type { Asked, RawAnswer } from './answer.ts';
import { errorCode, redactCause } from './redact.ts';

/** What every call needs, given once. */
export interface HttpSettings {
  /** undici's own: the global one does not know its dispatchers. */
  readonly fetch: typeof undiciFetch;
  readonly dispatcher: Dispatcher | undefined;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Texts that no error may show. */
  readonly secrets: readonly string[];
  /** After this moment it is not sent any more. */
  readonly sendBy?: Date | undefined;
}

/** Far above Apple's largest page. */
const longestBody = 32 * 1024 * 1024;

/** Failures that come before a single byte of the request is sent. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What errors may tell of a request. */
export function askedBy(request: HttpRequest): Asked {
  return {
    call: `${request.method} ${request.url.pathname}`,
    writes: request.method === 'POST',
    secrets: request.secrets,
  };
}

/**
 * One request and its answer, unread; never repeated, never redirected (the bearer goes nowhere else).
 *
 * The moment to send by is looked at last, when the connection is there and the first byte is about to leave: a process
 * may have been stopped for minutes before that, and what it was about to ask for may have been given to another since.
 *
 * @throws AppsAndBooksError; for a GET the signal's reason when aborted, for a POST UnknownOutcomeError once it was sent
 */
export async function exchange(
  settings: HttpSettings,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<RawAnswer> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(settings.requestTimeoutMs);
  const refuseWhenLate = (): void => refuseAfter(request, settings.clock.now());
  let response: Response;
  let text: string;
  try {
    response = await settings.fetch(request.url, {
      method: request.method,
      ...contentOf(request, settings.userAgent, refuseWhenLate),
      ...(settings.dispatcher === undefined ? {} : { dispatcher: settings.dispatcher }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    text = await readText(response);
  } catch (error) {
    const source = sourceOf(error);
    if (source instanceof UnavailableError) throw source;
    throw explainFailure(error, askedBy(request), settings, signal, timeout);
  }
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
}

/** Headers and body; a body that has its time is handed over only when it is sent. */
function contentOf(
  { headers, body, sendBy }: HttpRequest,
  userAgent: string,
  refuseWhenLate: () => void,
): Pick<RequestInit, 'headers' | 'body' | 'duplex'> {
  const common = { accept: 'application/json', 'user-agent': userAgent };
  if (body === undefined) return { headers: { ...common, ...headers } };
  const text = JSON.stringify(body);
  const sent = { ...common, 'content-type': 'application/json', ...headers };
  if (sendBy === undefined) return { headers: sent, body: text };
  const bytes = Buffer.from(text);
  return {
    headers: { ...sent, 'content-length': String(bytes.length) },
    body: onceSent(bytes, refuseWhenLate),
    duplex: 'half',
  };
}

async function* onceSent(bytes: Buffer, refuseWhenLate: () => void): AsyncGenerator<Buffer> {
  refuseWhenLate();
  yield bytes;
}

function refuseAfter({ method, url, sendBy }: HttpRequest, now: Date): void {
  if (sendBy === undefined || now <= sendBy) return;
  throw new UnavailableError(
    'tooLate',
    `${method} ${url.pathname} was not sent: this server stood still before it could, and the request may have been taken over since.`,
  );
}

/** What went wrong, out of what undici wraps around it. */
const sourceOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of response.body) {
    const bytes: Uint8Array = chunk;
    length += bytes.length;
    if (length > longestBody) throw new Error(`The answer is longer than ${longestBody} bytes.`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function explainFailure(
  error: unknown,
  asked: Asked,
  settings: HttpSettings,
  signal: AbortSignal,
  timeout: AbortSignal,
): unknown {
  const source = sourceOf(error);
  if (beforeSending.has(errorCode(source) ?? '')) {
    const cause = redactCause(error, asked.secrets);
    return new UnavailableError(
      'unreachable',
      `${asked.call} did not reach Apple: ${cause.message}.`,
      { cause },
    );
  }
  if (asked.writes) {
    const why = timeout.aborted
      ? `no answer within ${settings.requestTimeoutMs} ms`
      : 'the line broke';
    return new UnknownOutcomeError(`${asked.call}: ${why}, so what became of it is not known.`, {
      cause: redactCause(error, asked.secrets),
    });
  }
  if (signal.aborted) return signal.reason;
  const cause = redactCause(error, asked.secrets);
  return timeout.aborted
    ? new UnavailableError(
        'timedOut',
        `${asked.call}: no answer within ${settings.requestTimeoutMs} ms.`,
        { cause },
      )
    : new UnavailableError('lineBroke', `${asked.call}: the line broke (${cause.message}).`, {
        cause,
      });
}
