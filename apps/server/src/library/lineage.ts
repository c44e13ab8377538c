import { randomBytes } from 'node:crypto';
import type { MdmInfo } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import { recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { hint } from '../db/hints.ts';

/** What a location's row says of the marks left at Apple. */
export interface Lineage {
  readonly lineage: string | null;
  readonly nextLineage: string | null;
}

interface Mark {
  readonly lineage: string | undefined;
  readonly url: string | undefined;
}

/** What `mdmInfo.metadata` says; empty where it is not of our making. */
function readMark({ metadata }: MdmInfo): Mark {
  let found: unknown;
  try {
    found = JSON.parse(metadata);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const text = (name: string): string | undefined => {
    const value: unknown =
      typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return { lineage: text('lineage'), url: text('url') };
}

/**
 * Why Apple's mark is not the one this database left, in a sentence; undefined when all is well. Every start of the
 * server leaves a new mark, so that a restored database finds the mark of what came after its backup (Law 11).
 */
export function foreignLineage(
  { lineage, nextLineage }: Lineage,
  owner: MdmInfo,
  publicUrl: URL,
): string | undefined {
  if (lineage === null && nextLineage === null) return undefined;
  const mark = readMark(owner);
  if (mark.lineage === undefined) return undefined;
  if (mark.lineage !== lineage && mark.lineage !== nextLineage)
    return 'Since this database was saved, another copy of this installation has managed the location at Apple. If this copy is the one to go on with, resume the location: what Apple shows counts.';
  if (mark.url !== undefined && mark.url !== publicUrl.origin)
    return `The public address was ${mark.url} and is ${publicUrl.origin} now. If this is the same installation at a new address and no copy of another, resume the location.`;
  return undefined;
}

/**
 * The mark to leave at Apple, written down before it is sent: after a lost answer either the old or the new one may be
 * there.
 */
export async function nextMark(
  db: Database,
  uid: string,
  owner: MdmInfo | undefined,
): Promise<string> {
  const seen = owner === undefined ? null : (readMark(owner).lineage ?? null);
  const { rows } = await sql<{ mark: string }>`
    update library.location set
      lineage = case when next_lineage = ${seen} then next_lineage else lineage end,
      next_lineage = case when lineage_known and (lineage = ${seen} or next_lineage = ${seen}) then null
        when next_lineage is null or next_lineage = ${seen} then ${randomBytes(9).toString('base64url')} else next_lineage end
    where uid = ${uid} returning coalesce(next_lineage, lineage) as mark`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`The location ${uid} is gone.`);
  return row.mark;
}

/** Every location's mark is to be looked at before anything is written to Apple: the server starts. */
export async function forgetMarks(db: Database): Promise<void> {
  await db.updateTable('library.location').set({ lineageKnown: false }).execute();
}

/** What a location's row says of its marks now. */
export async function lineageOf(db: Database, uid: string): Promise<Lineage> {
  return db
    .selectFrom('library.location')
    .select(['lineage', 'nextLineage'])
    .where('uid', '=', uid)
    .executeTakeFirstOrThrow();
}

/**
 * Nothing is written to Apple for a location before a person says that this is the copy to go on with.
 *
 * @param known the marks with which Apple's was compared
 * @returns false when others were left by now: nothing was changed then
 */
export async function pauseAsCopy(
  context: Context,
  uid: string,
  known: Lineage,
  reason: string,
): Promise<boolean> {
  const now = context.clock.now();
  const actor = system(reason);
  return context.db.transaction().execute(async (trx) => {
    const location = await trx
      .selectFrom('library.location')
      .select(['lineage', 'nextLineage', 'pausedAt'])
      .where('uid', '=', uid)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if (location.lineage !== known.lineage || location.nextLineage !== known.nextLineage)
      return false;
    if (location.pausedAt !== null) return true;
    await trx
      .updateTable('library.location')
      .set({ pausedAt: now, pausedBy: actor.name, pausedReason: reason, pausedCause: 'copy' })
      .where('uid', '=', uid)
      .execute();
    await recordAudit(trx, now, actor, {
      action: 'pauseLocation',
      target: { kind: 'location', id: uid },
    });
    await hint(trx, 'locations', 'tokens');
    return true;
  });
}
