/** What the server says may have changed. */
export type Topic =
  | 'apps'
  | 'tokens'
  | 'sync'
  | 'devices'
  | 'status'
  | 'locations'
  | 'groups'
  | 'alerts'
  | 'audit';

/** The first words of the query keys that show something of a topic. */
const shownBy: Readonly<Record<Topic, readonly string[]>> = {
  apps: ['apps', 'books', 'groups'],
  tokens: ['tokens', 'apps', 'books'],
  sync: ['tokens', 'syncs'],
  devices: ['devices', 'people', 'push-certificate'],
  status: ['status', 'apps', 'books', 'devices', 'people', 'tokens'],
  locations: ['tokens'],
  groups: ['groups', 'people', 'apps'],
  alerts: ['alerts'],
  audit: ['audit'],
};

/** The first words of the query keys to read anew. Topics this version does not know are left out. */
export function staleKeys(topics: Iterable<string>): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const topic of topics) {
    if (!Object.hasOwn(shownBy, topic)) continue;
    for (const key of shownBy[topic as Topic]) keys.add(key);
  }
  return keys;
}

/** The topics of a `changed` event; none when it cannot be read. */
export function readTopics(data: string): readonly string[] {
  if (!data.startsWith('{')) return [];
  const body: unknown = JSON.parse(data);
  if (typeof body !== 'object' || body === null || !('topics' in body)) return [];
  const { topics } = body;
  return Array.isArray(topics) ? topics.filter((topic) => typeof topic === 'string') : [];
}

/** Milliseconds until the next attempt to connect, after so many that failed; `random` in [0, 1). */
export function reconnectDelayMs(failures: number, random: number): number {
  const longest = Math.min(30_000, 1000 * 2 ** Math.min(failures, 5));
  return Math.round(longest * (0.5 + random / 2));
}
