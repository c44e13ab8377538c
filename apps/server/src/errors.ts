/** How a refusal is told over HTTP; decided in one place, `http/error-handler.ts`. */
export type ProblemKind =
  | 'badRequest'
  | 'notFound'
  | 'conflict'
  | 'forbidden'
  | 'tooLarge'
  | 'unavailable';

/**
 * A refusal the caller can do something about: nothing was changed. The message names the field and the remedy, and
 * holds no secret.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  /** A stable word for programs, such as `tokenExpired`. */
  readonly code: string;
  /** The field of the request, in the caller's format. */
  readonly field: string | undefined;

  constructor(
    kind: ProblemKind,
    code: string,
    message: string,
    options: { field?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.field = options.field;
  }
}
