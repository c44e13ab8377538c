/**
 * Takes the secret of the first-start link out of the address, so that it stays neither in sight nor in the history.
 *
 * @returns undefined when the address carries none
 */
export function takeFirstStartSecret(
  page: Pick<Window, 'location' | 'history'>,
): string | undefined {
  const secret = /^#sign-in=([\w-]+)$/.exec(page.location.hash)?.[1];
  if (secret === undefined) return undefined;
  page.history.replaceState(page.history.state, '', page.location.pathname + page.location.search);
  return secret;
}
