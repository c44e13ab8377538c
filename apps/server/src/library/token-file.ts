import { type ContentToken, ContentTokenError, parseContentToken } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';

/**
 * Reads an uploaded token file.
 *
 * @throws Problem naming what is wrong with it and the remedy
 */
export function readTokenFile(context: Context, file: string): ContentToken {
  try {
    return parseContentToken(file, context.clock.now());
  } catch (error) {
    if (!(error instanceof ContentTokenError)) throw error;
    throw new Problem('badRequest', error.code, `${error.message} ${error.remedy}`, {
      field: 'token',
      cause: error,
    });
  }
}
