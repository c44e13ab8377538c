import { type Selectable, sql } from 'kysely';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { DirectoryImport } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';
import { checkAgainstDirectory, type ImportSummary, writeImport } from './import-write.ts';
import {
  type ImportKind,
  importKinds,
  type ImportProblem,
  readImport,
  type ReadOptions,
} from './import-rows.ts';

export interface StagedImport {
  readonly id: string;
  readonly kind: ImportKind;
  /** Rows read, without the header. */
  readonly rows: number;
  readonly problems: readonly ImportProblem[];
  /** Serial numbers that begin with S: if a scanner put it there, read the file again without it. */
  readonly scannerPrefixes: number;
  /** What confirming would do; undefined while there are problems. */
  readonly summary: ImportSummary | undefined;
}

/** Reads and checks a CSV file and keeps it; nothing is imported until `confirmImport`. */
export async function stageImport(
  context: Context,
  input: ReadOptions & {
    readonly kind: ImportKind;
    readonly fileName?: string;
    readonly csv: string;
  },
  actor: Actor,
): Promise<StagedImport> {
  const read = readImport(input.kind, input.csv, input);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const { id } = await trx
      .insertInto('directory.import')
      .values({
        kind: input.kind,
        fileName: input.fileName ?? null,
        rows: JSON.stringify(read.problems.length === 0 ? read.rows : []),
        problems: JSON.stringify(read.problems),
        createdBy: actor.name,
        createdAt: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (read.problems.length > 0) {
      return {
        id,
        kind: input.kind,
        rows: read.rows.length,
        problems: read.problems,
        scannerPrefixes: read.scannerPrefixes,
        summary: undefined,
      };
    }
    const { problems, summary } = await checkAgainstDirectory(trx, input.kind, id);
    await keepProblems(trx, id, problems);
    return {
      id,
      kind: input.kind,
      rows: read.rows.length,
      problems,
      scannerPrefixes: read.scannerPrefixes,
      summary: problems.length === 0 ? summary : undefined,
    };
  });
}

/**
 * Imports a staged file as a whole, checked once more against the directory as it is now.
 *
 * @throws Problem `importNotFound`, `importConfirmed`, `importHasProblems`
 */
export async function confirmImport(
  context: Context,
  id: string,
  actor: Actor,
): Promise<ImportSummary> {
  return context.db.transaction().execute(async (trx) => {
    const staged = await lockImport(trx, id);
    const kind = importKinds.find((name) => name === staged.kind);
    if (kind === undefined)
      throw new Error(`The import ${id} is of the unknown kind ${staged.kind}.`);
    const known = Array.isArray(staged.problems) ? staged.problems.length : 0;
    const { problems } = known > 0 ? { problems: [] } : await checkAgainstDirectory(trx, kind, id);
    if (known + problems.length > 0) {
      throw new Problem(
        'conflict',
        'importHasProblems',
        `The file has ${known + problems.length} problems${problems[0] === undefined ? '' : `, the first in line ${problems[0].line}: ${problems[0].message}`} Mend it and upload it again; nothing was imported.`,
      );
    }
    const now = context.clock.now();
    const { summary, changedGroupIds } = await writeImport(trx, kind, id, now);
    await trx
      .updateTable('directory.import')
      .set({ confirmedAt: now })
      .where('id', '=', id)
      .execute();
    await leaveNotes(
      trx,
      'grants',
      changedGroupIds.map((key) => ({ kind: 'group', key })),
    );
    await hint(trx, 'groups', 'devices');
    await recordAudit(trx, now, actor, {
      action: 'import',
      target: { kind: 'import', id, name: staged.fileName ?? kind },
      detail: { kind, ...summary },
    });
    return summary;
  });
}

async function lockImport(trx: Trx, id: string): Promise<Selectable<DirectoryImport>> {
  const staged = isGuid(id)
    ? await trx
        .selectFrom('directory.import')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
    : undefined;
  if (staged === undefined) {
    throw new Problem('notFound', 'importNotFound', `There is no import ${id}.`);
  }
  if (staged.confirmedAt !== null) {
    throw new Problem('conflict', 'importConfirmed', 'This file was imported already.');
  }
  return staged;
}

async function keepProblems(
  db: Database,
  id: string,
  problems: readonly ImportProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  await sql`update directory.import set problems = ${JSON.stringify(problems)} where id = ${id}`.execute(
    db,
  );
}
