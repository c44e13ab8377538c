import { ODataError } from './error.ts';

/** Query option that carries the type cast of a path such as `mobileApps/microsoft.graph.iosVppApp`. */
export const castOption = '$cast';

/**
 * The plain form of a Graph address, for a router that knows only `/name/key`: keys in parentheses and quotes become
 * segments, namespaces before actions are dropped, and a type cast moves into the query option `$cast`. The case of
 * letters is left to the router.
 *
 * @param url path and query, encoded as they came
 * @param types names, without namespace, that are types and not actions
 * @throws ODataError when a key's quotes do not match or the encoding is broken
 */
export function normalizeUrl(url: string, types: readonly string[]): string {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  const query = queryAt === -1 ? '' : url.slice(queryAt + 1);
  const segments: string[] = [];
  let cast: string | undefined;
  for (const segment of path.split('/')) {
    const action = /^(?:microsoft\.)?graph\.(\w+(?:\(.*\))?)$/i.exec(segment)?.[1];
    const type = types.find((name) => name.toLowerCase() === action?.toLowerCase());
    if (type === undefined) segments.push(...splitKey(action ?? segment));
    else cast = type;
  }
  const plainPath = segments.join('/');
  const plainQuery = [query, cast === undefined ? '' : `${castOption}=${cast}`]
    .filter((part) => part !== '')
    .join('&');
  return plainQuery === '' ? plainPath : `${plainPath}?${plainQuery}`;
}

/** `things('a')` is `things`, `a`; `action()` is `action`; a function with named parameters stays as it is. */
function splitKey(segment: string): readonly string[] {
  const match = /^([^(]+)\((.*)\)$/s.exec(decode(segment));
  const name = match?.[1];
  const inner = match?.[2];
  if (name === undefined || inner === undefined) return [segment];
  if (inner === '') return [name];
  const quoted = /^'((?:[^']|'')*)'$/.exec(inner)?.[1];
  if (quoted !== undefined) return [name, encodeURIComponent(quoted.replaceAll("''", "'"))];
  if (inner.includes('=')) return [segment];
  if (inner.includes("'")) {
    throw new ODataError('path', `The key in "${name}(…)" has a quote that is not closed.`);
  }
  return [name, encodeURIComponent(inner)];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new ODataError('path', `The address has a "%" that starts no valid encoding.`);
  }
}
