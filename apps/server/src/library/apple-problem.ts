import { AppsAndBooksError } from '@allotment/apps-and-books';
import { Problem } from '../errors.ts';

/** A failure at Apple while a person waits for the answer, as a refusal that names the remedy. */
export function explainApple(error: unknown, field: string): unknown {
  if (!(error instanceof AppsAndBooksError)) return error;
  const kind =
    error.who === 'administrator' && error.number !== undefined ? 'badRequest' : 'unavailable';
  return new Problem(kind, error.code, `${error.message} ${error.remedy}`, { field, cause: error });
}
