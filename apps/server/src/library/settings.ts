import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';

/** What an administrator decides about tokens as a whole. */
export interface LibrarySettings {
  /** How many tokens are taken. */
  readonly tokenLimit: number;
}

/** Apple's programs know no limit; this is where Microsoft's ended, and where the lists of the console do. */
const highestTokenLimit = 3_000;

export async function readLibrarySettings(db: Database): Promise<LibrarySettings> {
  return db.selectFrom('library.setting').select('tokenLimit').executeTakeFirstOrThrow();
}

/** @throws Problem `tokenLimitOutOfRange` */
export async function updateLibrarySettings(
  context: Context,
  patch: Partial<LibrarySettings>,
  actor: Actor,
): Promise<LibrarySettings> {
  const { tokenLimit } = patch;
  if (tokenLimit !== undefined && !isTokenLimit(tokenLimit)) {
    throw new Problem(
      'badRequest',
      'tokenLimitOutOfRange',
      `The number of tokens is limited to a whole number from 1 to ${highestTokenLimit}.`,
      { field: 'tokenLimit' },
    );
  }
  return context.db.transaction().execute(async (trx) => {
    if (tokenLimit !== undefined) {
      await trx.updateTable('library.setting').set({ tokenLimit }).execute();
      await recordAudit(trx, context.clock.now(), actor, {
        action: 'updateLibrarySettings',
        target: { kind: 'settings', id: 'library' },
        detail: { tokenLimit },
      });
    }
    return readLibrarySettings(trx);
  });
}

function isTokenLimit(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= highestTokenLimit;
}

/**
 * Keeps the number of tokens within the limit (behavior 23). Locks it, so that two uploads are not counted apart.
 *
 * @throws Problem `tooManyTokens`
 */
export async function refuseTooManyTokens(trx: Trx): Promise<void> {
  const { tokenLimit } = await trx
    .selectFrom('library.setting')
    .select('tokenLimit')
    .forUpdate()
    .executeTakeFirstOrThrow();
  const { count } = await trx
    .selectFrom('library.token')
    .select((one) => one.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count < tokenLimit) return;
  throw new Problem(
    'conflict',
    'tooManyTokens',
    `There are ${count} tokens, as many as the settings allow: delete one that is not used any more, or raise the limit, up to ${highestTokenLimit}.`,
    { field: 'token' },
  );
}
