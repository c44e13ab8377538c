import { normalizeUrl, ODataError } from '@allotment/graph-odata';
import { derivedTypes } from './types.ts';

/** Whether a path, as it came, is one of Graph's: below a version, in any case. */
export function isGraphPath(path: string): boolean {
  return /^\/(?:v1\.0|beta)(?:[/?]|$)/i.test(path);
}

/**
 * The plain form of a Graph address; any other, and one that cannot be read, as it came: the router refuses the
 * latter.
 */
export function rewriteGraphUrl(url: string): string {
  if (!isGraphPath(url)) return url;
  try {
    return normalizeUrl(url, derivedTypes);
  } catch (error) {
    if (error instanceof ODataError) return url;
    throw error;
  }
}
