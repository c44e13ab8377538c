import {
  type ErrorExplanation,
  explainErrorNumber,
  type NumberedCode,
  type Who,
} from './numbers.ts';

/** What is wrong with a token file. */
export type ContentTokenCode =
  | 'notBase64'
  | 'notJson'
  | 'missingField'
  | 'badExpirationDate'
  | 'expired'
  | 'innerToken';

type UnavailableCode =
  | 'unreachable'
  | 'timedOut'
  | 'lineBroke'
  | 'notJson'
  | 'serverError'
  | 'blocked'
  | 'tooLate';

/** The stable word of every failure of this package. */
export type ErrorCode =
  | ContentTokenCode
  | NumberedCode
  | 'refused'
  | UnavailableCode
  | 'outcomeUnknown'
  | 'invalidAnswer'
  | 'locationMismatch'
  | 'foreignOwner';

interface Description {
  readonly message: string;
  readonly who: Who;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly number?: number | undefined;
  readonly cause?: Error | undefined;
}

/**
 * Every failure of this package. Messages and causes hold no secret.
 *
 * For writes: only an `UnknownOutcomeError` leaves it open whether Apple did it, and only a `LocationMismatchError`
 * or `ForeignOwnerError` with an `eventId` tells that Apple accepted it; after any other error nothing was started.
 */
export abstract class AppsAndBooksError extends Error {
  abstract readonly code: ErrorCode;
  /** Apple's error number, when there is one. */
  readonly number: number | undefined;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Not before that many milliseconds, when Apple said so. */
  readonly retryAfterMs: number | undefined;
  /** Who can mend it. */
  readonly who: Who;
  /** The next step, in a sentence. */
  readonly remedy: string;

  constructor(description: Description) {
    super(
      description.message,
      description.cause === undefined ? undefined : { cause: description.cause },
    );
    this.name = new.target.name;
    this.number = description.number;
    this.retryable = description.retryable;
    this.retryAfterMs = description.retryAfterMs;
    this.who = description.who;
    this.remedy = description.remedy;
  }
}

/** A token file that cannot be used; nothing was sent anywhere. */
export class ContentTokenError extends AppsAndBooksError {
  readonly code: ContentTokenCode;
  /** The field of the decoded file that is wrong, when one is. */
  readonly field: string | undefined;

  constructor(code: ContentTokenCode, message: string, remedy: string, field?: string) {
    super({ message, remedy, who: 'administrator', retryable: false });
    this.code = code;
    this.field = field;
  }
}

/** Apple's own words beside an error number. */
export interface ErrorInfo {
  readonly assets: readonly { readonly adamId: string; readonly pricingParam: string }[];
  readonly clientUserIds: readonly string[];
  readonly serialNumbers: readonly string[];
}

/** Apple refused the call and started nothing: an error number (on any HTTP status), or an HTTP 4xx without one. */
export class RefusedError extends AppsAndBooksError {
  readonly code: NumberedCode | 'refused';
  readonly httpStatus: number;
  readonly errorInfo: ErrorInfo | undefined;

  constructor(answer: {
    call: string;
    httpStatus: number;
    number: number | undefined;
    text: string;
    retryAfterMs: number | undefined;
    errorInfo?: ErrorInfo | undefined;
  }) {
    const known =
      answer.number === undefined
        ? withoutNumber(answer.httpStatus)
        : explainErrorNumber(answer.number);
    const label = answer.number === undefined ? `HTTP ${answer.httpStatus}` : `${answer.number}`;
    super({
      ...known,
      message: `${known.meaning} (${answer.call}: ${label}${answer.text === '' ? '' : `, "${answer.text}"`})`,
      number: answer.number,
      retryAfterMs: answer.retryAfterMs,
    });
    this.code = known.code;
    this.httpStatus = answer.httpStatus;
    this.errorInfo = answer.errorInfo;
  }
}

function withoutNumber(
  status: number,
): Omit<ErrorExplanation, 'number' | 'code'> & { code: NumberedCode | 'refused' } {
  if (status === 429) return explainErrorNumber(9646);
  if (status === 401) return explainErrorNumber(9622);
  return {
    code: 'refused',
    who: 'administrator',
    retryable: false,
    meaning: "The request was refused without one of Apple's error numbers.",
    remedy: 'Check whether a proxy or firewall stands between this server and Apple.',
  };
}

/** The service did not give a usable answer and, for a write, certainly did not start it. Worth another try later. */
export class UnavailableError extends AppsAndBooksError {
  readonly code: UnavailableCode;

  constructor(
    code: UnavailableCode,
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: Error | undefined } = {},
  ) {
    super({
      message,
      who: code === 'unreachable' ? 'administrator' : 'Apple',
      remedy:
        code === 'unreachable'
          ? 'Check that this server reaches Apple: name resolution, proxy, firewall, certificates. It is tried again by itself.'
          : 'Nothing to do: it is tried again by itself.',
      retryable: true,
      ...options,
    });
    this.code = code;
  }
}

/** A write was sent and no answer tells what became of it: ask Apple before doing it again (never guess). */
export class UnknownOutcomeError extends AppsAndBooksError {
  readonly code = 'outcomeUnknown';

  constructor(
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: Error | undefined } = {},
  ) {
    super({
      message,
      who: 'us',
      remedy: 'Apple is asked what became of it before anything is repeated.',
      retryable: false,
      ...options,
    });
  }
}

/** An answer of a shape that contradicts Apple's documentation. */
export class InvalidAnswerError extends AppsAndBooksError {
  readonly code = 'invalidAnswer';
  /** Where in the answer, such as `assets[3].adamId`. */
  readonly field: string;

  constructor(call: string, field: string, expected: string) {
    super({
      message: `Apple's answer to ${call} has no usable "${field}": ${expected} was expected.`,
      who: 'us',
      remedy: 'Try again later; when it stays, this program needs an update.',
      retryable: false,
    });
    this.field = field;
  }
}

/** The answer belongs to another location than the one that was meant. */
export class LocationMismatchError extends AppsAndBooksError {
  readonly code = 'locationMismatch';
  readonly expected: string;
  readonly actual: string;
  /** The event of a write that Apple accepted all the same. */
  readonly eventId: string | undefined;

  constructor(expected: string, actual: string, eventId: string | undefined) {
    super({
      message: `Apple answered for location ${actual}, but this token was for location ${expected}.`,
      who: 'administrator',
      remedy: 'Upload the content token of the right location.',
      retryable: false,
    });
    this.expected = expected;
    this.actual = actual;
    this.eventId = eventId;
  }
}

/** The management service that Apple has on record for a location. */
export interface MdmInfo {
  readonly id: string;
  readonly name: string;
  readonly metadata: string;
}

/** Another management service has taken the location over: nothing may be written until a person decides. */
export class ForeignOwnerError extends AppsAndBooksError {
  readonly code = 'foreignOwner';
  readonly owner: MdmInfo;
  /** The event of a write that Apple accepted all the same. */
  readonly eventId: string | undefined;

  constructor(owner: MdmInfo, eventId: string | undefined) {
    super({
      message: `The location is managed by another service now: ${owner.name === '' ? owner.id : owner.name}.`,
      who: 'administrator',
      remedy:
        'Use a freshly generated content token, and remove the old one from the other service, or take the location over.',
      retryable: false,
    });
    this.owner = owner;
    this.eventId = eventId;
  }
}
