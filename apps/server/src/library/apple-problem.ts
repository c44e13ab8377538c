import { AppsAndBooksError } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';

/** Aborts with the given signal, and when a person has waited for Apple as long as people and proxies do. */
export function patience(context: Context, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(context.config.apple.patienceMs)]);
}

/** Whether a signal of `patience` aborted because the time was over. */
export function ranOut({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === 'TimeoutError';
}

/**
 * A failure at Apple while a person waits for the answer, as a refusal that names the remedy. Nothing is tried again
 * by itself then.
 *
 * @param waited of `patience`
 * @param next what the person does where only another try helps, in a sentence
 */
export function explainApple(
  context: Context,
  error: unknown,
  waited: AbortSignal,
  { field, next }: { readonly field: string; readonly next: string },
): unknown {
  if (error instanceof AppsAndBooksError) {
    const kind =
      error.who === 'administrator' && error.number !== undefined ? 'badRequest' : 'unavailable';
    const told = `${error.message} ${remedyOf(error, next)}`;
    return new Problem(kind, error.code, told, { field, cause: error });
  }
  if (!ranOut(waited)) return error;
  const seconds = context.config.apple.patienceMs / 1000;
  const told = `Apple did not answer within ${seconds} s. ${next}`;
  return new Problem('unavailable', 'timedOut', told, { field, cause: error });
}

function remedyOf(error: AppsAndBooksError, next: string): string {
  if (error.code === 'unreachable') {
    return `Check that this server reaches Apple: name resolution, proxy, firewall, certificates. ${next}`;
  }
  return error.retryable ? next : error.remedy;
}
