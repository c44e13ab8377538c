import { ODataError } from '@allotment/graph-odata';
import { Problem, type ProblemKind } from '../errors.ts';
import { SignInRefused, TooManyAttempts } from '../identity/index.ts';
import { isDatabaseAway } from './database-away.ts';
import { SignedOut } from './signed-out.ts';

/** A failure as every face tells it, each in its own shape. */
export interface Refusal {
  readonly status: number;
  /** Graph's word for the kind of failure. */
  readonly graphCode: string;
  /** Ours, stable, for programs. */
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const kinds: Readonly<
  Record<ProblemKind, { readonly status: number; readonly graphCode: string }>
> = {
  badRequest: { status: 400, graphCode: 'BadRequest' },
  forbidden: { status: 403, graphCode: 'Forbidden' },
  notFound: { status: 404, graphCode: 'ResourceNotFound' },
  conflict: { status: 409, graphCode: 'Conflict' },
  tooLarge: { status: 413, graphCode: 'RequestEntityTooLarge' },
  unavailable: { status: 503, graphCode: 'ServiceUnavailable' },
};

const statusCodes: Readonly<Record<number, string>> = {
  404: 'ResourceNotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
};

/** What to tell about an error; undefined when it is a fault of ours, of which nothing is told. */
export function refusalOf(error: Error): Refusal | undefined {
  if (error instanceof Problem)
    return { ...kinds[error.kind], ...told(error.code, error.message, error.field) };
  if (error instanceof ODataError) {
    return { ...kinds.badRequest, ...told('badQuery', error.message, error.option) };
  }
  if (error instanceof SignedOut) {
    return {
      status: 401,
      graphCode: 'InvalidAuthenticationToken',
      ...told('signedOut', error.message, undefined),
      headers: { 'www-authenticate': 'Bearer realm="Allotment"' },
    };
  }
  if (error instanceof SignInRefused) {
    return {
      status: 401,
      graphCode: 'Unauthorized',
      ...told('signInRefused', error.message, undefined),
    };
  }
  if (error instanceof TooManyAttempts) {
    return {
      status: 429,
      graphCode: 'TooManyRequests',
      ...told('tooManyAttempts', error.message, undefined),
      headers: { 'retry-after': String(error.retryAfterSeconds) },
    };
  }
  if (isDatabaseAway(error)) {
    return {
      ...kinds.unavailable,
      ...told('databaseAway', 'The database cannot be reached; try again in a minute.', undefined),
      headers: { 'retry-after': '30' },
    };
  }
  return refusalOfDatabase(error) ?? refusalOfFramework(error);
}

function told(
  code: string,
  message: string,
  field: string | undefined,
): Pick<Refusal, 'code' | 'message' | 'field'> {
  return { code, message, field };
}

/** What two callers do at once, and texts that PostgreSQL cannot keep. */
function refusalOfDatabase(error: Error): Refusal | undefined {
  const code = 'code' in error && 'severity' in error ? error.code : undefined;
  if (code === '23503' || code === '23505' || code === '40001' || code === '40P01') {
    return {
      ...kinds.conflict,
      ...told(
        'changedMeanwhile',
        'Somebody else changed the same at the same time; look at it and try again.',
        undefined,
      ),
    };
  }
  if (code === '22021' || code === '22P05') {
    return {
      ...kinds.badRequest,
      ...told('notText', 'A text holds characters that cannot be stored, such as NUL.', undefined),
    };
  }
  return undefined;
}

/** What the framework refused before our code saw it; its message is about the request and repeats no content. */
function refusalOfFramework(error: Error): Refusal | undefined {
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  const field = 'validation' in error ? fieldOf(error.validation) : undefined;
  return {
    status,
    graphCode: statusCodes[status] ?? 'BadRequest',
    ...told('badRequest', error.message, field),
  };
}

/** The field a schema refused, such as `links/0/ownership`. */
function fieldOf(validation: unknown): string | undefined {
  const first: unknown = Array.isArray(validation) ? validation[0] : undefined;
  if (typeof first !== 'object' || first === null || !('instancePath' in first)) return undefined;
  const path = String(first.instancePath).replace(/^\//, '');
  return path === '' ? undefined : path;
}
