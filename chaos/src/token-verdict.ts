import { readAssigned } from './at-apple.ts';
import type { Violation } from './judge.ts';
import type { Organization } from './organization.ts';
import type { Stage } from './stage.ts';
import { readOperations, readTokens } from './tokens.ts';

/**
 * Looks at locations of which everything was taken back and that nobody has opened again: of ours Apple shows no more
 * than the operation told.
 */
export async function compareRevoked(
  stage: Stage,
  { locations }: Organization,
  late: ReadonlySet<string>,
): Promise<readonly Violation[]> {
  const operations = await readOperations(stage);
  const revoked = new Map(
    [...operations].filter(([, { kind, result }]) => kind === 'revokeAll' && result !== null),
  );
  if (revoked.size === 0) return [];
  const found: Violation[] = [];
  for (const { locationUid, location } of await readTokens(stage)) {
    const operation = revoked.get(locationUid);
    if (location.closed === null || operation === undefined) continue;
    const assigned = await readAssigned(
      stage,
      locations.filter(({ uId }) => uId === locationUid),
    );
    const ours = [...assigned].flatMap(([asset, holders]) =>
      [...holders]
        .filter(([holder, one]) => one.eventId !== undefined && !late.has(`${asset} ${holder}`))
        .map(([holder]) => `${asset} ${holder}`),
    );
    const { refused = 0, irrevocable = 0 } = operation.result ?? {};
    if (ours.length > refused + irrevocable)
      found.push({
        rule: 'revokeAllLeft',
        pair: ours[0] ?? '',
        detail: `${ours.join(', ')} of ours at Apple; told: ${JSON.stringify(operation.result)}`,
      });
  }
  return found;
}

/** What was being sent when a token was deleted may still arrive. */
const underWayMs = 2_000;

/** Requests that were sent after the token of their location was deleted, and before it was there again. */
export async function sentAfterDeletion(
  { database }: Stage,
  { locations }: Organization,
): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (const { uId, silences } of locations)
    for (const { from, until } of silences) {
      const { rows } = await database.query<{ line: string }>(
        `select row_to_json(r)::text as line from associations.apple_request r
         where location_uid = $1 and sent_at > $2 and sent_at < $3`,
        [uId, new Date(from + underWayMs), new Date(Math.min(until, stageEnd))],
      );
      found.push(
        ...rows.map(({ line }) => ({ rule: 'sentAfterDeletion', pair: uId, detail: line })),
      );
    }
  return found;
}

/** PostgreSQL knows no infinite number of ms. */
const stageEnd = Date.UTC(2100, 0);
