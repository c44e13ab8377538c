import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';

export type SyncPhase = 'location' | 'assets' | 'assignments' | 'catalog';

/** Screens are told at most that often. */
const tellEveryMs = 200;

/** The sync is not there any more: its token was deleted while it ran. */
export class SyncGone extends Error {
  override readonly name = 'SyncGone';
}

/** Writes how far a sync is, so that people see it move. */
export class SyncProgress {
  readonly #context: Context;
  readonly #syncId: string;
  #toldAt = 0;
  #pagesDone = 0;
  #rowsRead = 0;

  constructor(context: Context, syncId: string) {
    this.#context = context;
    this.#syncId = syncId;
  }

  /** @throws SyncGone */
  async enter(phase: SyncPhase): Promise<void> {
    this.#pagesDone = 0;
    await this.#write({ phase, pagesDone: 0, pagesTotal: null });
  }

  /** @throws SyncGone */
  async page(totalPages: number, rows: number): Promise<void> {
    this.#pagesDone += 1;
    this.#rowsRead += rows;
    const now = this.#context.clock.now().getTime();
    if (now - this.#toldAt < tellEveryMs && this.#pagesDone < totalPages) return;
    this.#toldAt = now;
    await this.#write({
      pagesDone: Math.min(this.#pagesDone, totalPages),
      pagesTotal: totalPages,
      rowsRead: this.#rowsRead,
    });
  }

  async #write(columns: {
    readonly phase?: SyncPhase;
    readonly pagesDone: number;
    readonly pagesTotal: number | null;
    readonly rowsRead?: number;
  }): Promise<void> {
    const { numUpdatedRows } = await this.#context.db
      .updateTable('library.sync')
      .set(columns)
      .where('id', '=', this.#syncId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new SyncGone('The token was deleted while it was synced.');
    await hint(this.#context.db, 'sync');
  }
}
