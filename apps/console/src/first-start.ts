/** What of a window is used. */
export interface AddressBar {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'state' | 'replaceState'>;
}

/**
 * Takes the secret of the first-start link out of the address, so that it stays neither in sight nor in the history.
 *
 * @returns undefined when the address carries none
 */
export function takeFirstStartSecret({ location, history }: AddressBar): string | undefined {
  const secret = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1];
  if (secret === undefined) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return secret;
}
