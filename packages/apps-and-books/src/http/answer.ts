import { readFailure } from '../answers/event-status.ts';
import { type Fields, readObject, ShapeError } from '../answers/read.ts';
import {
  type AppsAndBooksError,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from '../errors/errors.ts';
import { redact } from './redact.ts';
import { parseRetryAfter } from './retry-after.ts';

/** What came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** What was asked, as far as it may be told. */
export interface Asked {
  /** Method and path, such as `GET /mdm/v2/assets`. */
  readonly call: string;
  /** Whether it changes something at Apple. */
  readonly writes: boolean;
  readonly secrets: readonly string[];
}

/**
 * The fields of a good answer. An error number counts on any HTTP status, 200 included, and means that nothing was
 * started; a write whose answer is anything else than that or JSON on 2xx has an unknown outcome, except on HTTP 4xx.
 *
 * @throws RefusedError, UnavailableError, UnknownOutcomeError
 */
export function readAnswer(answer: RawAnswer, asked: Asked, now: Date): Fields {
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  const body = parseObject(answer.text);
  const refusal =
    body === undefined ? undefined : findRefusal(body, answer.status, asked, retryAfterMs);
  if (refusal !== undefined) throw refusal;
  if (answer.status >= 200 && answer.status < 300 && body !== undefined) return body;
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) {
    throw new RefusedError({
      call: asked.call,
      httpStatus: answer.status,
      number: undefined,
      text: '',
      retryAfterMs,
    });
  }
  throw withoutAnswer(answer, asked, retryAfterMs);
}

function parseObject(text: string): Fields | undefined {
  try {
    return readObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

function findRefusal(
  body: Fields,
  httpStatus: number,
  asked: Asked,
  retryAfterMs: number | undefined,
): RefusedError | undefined {
  if (body['errorNumber'] === undefined || body['errorNumber'] === null) return undefined;
  const failure = readLeniently(body);
  return new RefusedError({
    call: asked.call,
    httpStatus,
    number: failure.errorNumber,
    text: redact(failure.errorMessage, asked.secrets),
    retryAfterMs,
    errorInfo: failure.errorInfo,
  });
}

/** A refusal stays a refusal when its details are of another shape than documented. */
function readLeniently(body: Fields): ReturnType<typeof readFailure> {
  try {
    return readFailure(body);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const errorNumber = Number(body['errorNumber']);
    return {
      errorNumber: Number.isSafeInteger(errorNumber) ? errorNumber : 0,
      errorMessage: typeof body['errorMessage'] === 'string' ? body['errorMessage'] : '',
      errorInfo: undefined,
    };
  }
}

function withoutAnswer(
  answer: RawAnswer,
  asked: Asked,
  retryAfterMs: number | undefined,
): AppsAndBooksError {
  const kind = answer.text.trim() === '' ? 'an empty answer' : 'something that is not JSON';
  const told =
    answer.status >= 200 && answer.status < 300
      ? `${asked.call} was answered with ${kind}`
      : `${asked.call} was answered with HTTP ${answer.status}`;
  if (asked.writes)
    return new UnknownOutcomeError(`${told}: what became of it is not known.`, { retryAfterMs });
  const code = answer.status >= 500 ? 'serverError' : 'notJson';
  return new UnavailableError(code, `${told}.`, { retryAfterMs });
}
