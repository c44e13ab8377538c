import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';

export type SyncPhase = 'location' | 'assets' | 'assignments' | 'catalog';

/** Screens are told at most that often. */
const tellEveryMs = 200;

/** The sync is not there any more: its token was deleted while it ran. */
export class SyncGone extends Error {
  override readonly name = 'SyncGone';
}

/** Writes how far a sync is, so that people see it move. No page waits for that. */
export class SyncProgress {
  readonly #context: Context;
  readonly #syncId: string;
  #toldAt = 0;
  #pagesDone = 0;
  #rowsRead = 0;
  /** The page told last; its failure shows at the next one or at the end of the phase. */
  #telling: Promise<void> = Promise.resolve();
  #isTelling = false;

  constructor(context: Context, syncId: string) {
    this.#context = context;
    this.#syncId = syncId;
  }

  /** @throws SyncGone */
  async enter(phase: SyncPhase): Promise<void> {
    await this.#telling;
    this.#pagesDone = 0;
    await this.#write({ phase, pagesDone: 0, pagesTotal: null });
  }

  /** @throws SyncGone */
  async page(totalPages: number, rows: number): Promise<void> {
    this.#pagesDone += 1;
    this.#rowsRead += rows;
    const now = this.#context.clock.now().getTime();
    if (this.#isTelling || now - this.#toldAt < tellEveryMs) return;
    await this.#telling;
    this.#toldAt = now;
    this.#isTelling = true;
    this.#telling = this.#write({
      pagesDone: Math.min(this.#pagesDone, totalPages),
      pagesTotal: totalPages,
    }).finally(() => {
      this.#isTelling = false;
    });
    // Who awaits it next gets the failure, too.
    this.#telling.catch(() => undefined);
  }

  async #write(columns: {
    readonly phase?: SyncPhase;
    readonly pagesDone: number;
    readonly pagesTotal: number | null;
  }): Promise<void> {
    const { numUpdatedRows } = await this.#context.db
      .updateTable('library.sync')
      .set({ ...columns, rowsRead: this.#rowsRead })
      .where('id', '=', this.#syncId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new SyncGone('The token was deleted while it was synced.');
    await hint(this.#context.db, 'sync');
  }
}
