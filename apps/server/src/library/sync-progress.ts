import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { changedChannel } from '../db/hints.ts';

export type SyncPhase = 'location' | 'assets' | 'assignments' | 'catalog';

/** Screens are told of pages at most that often. */
const tellEveryMs = 200;

/** The sync is not there any more: its token was deleted while it ran. */
export class SyncGone extends Error {
  override readonly name = 'SyncGone';
}

/** Writes how far a sync is, so that people see it move. Nothing waits for that. */
export class SyncProgress {
  readonly #context: Context;
  readonly #syncId: string;
  #phase: SyncPhase = 'location';
  #pagesDone = 0;
  #pagesTotal: number | null = null;
  #rowsRead = 0;
  #toldAt = 0;
  /** Whether a telling has yet to begin: it will tell what is true then. */
  #isDue = false;
  #telling: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(context: Context, syncId: string) {
    this.#context = context;
    this.#syncId = syncId;
  }

  enter(phase: SyncPhase): void {
    this.#phase = phase;
    this.#pagesDone = 0;
    this.#pagesTotal = null;
    this.#tell();
  }

  /** @throws SyncGone, or what else an earlier telling failed with */
  page(totalPages: number, rows: number): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#pagesDone = Math.min(this.#pagesDone + 1, totalPages);
    this.#pagesTotal = totalPages;
    this.#rowsRead += rows;
    if (this.#context.clock.now().getTime() - this.#toldAt >= tellEveryMs) this.#tell();
  }

  /** Resolves when nothing is being told any more, however that ended. */
  async silence(): Promise<void> {
    await this.#telling;
  }

  #tell(): void {
    this.#toldAt = this.#context.clock.now().getTime();
    if (this.#isDue) return;
    this.#isDue = true;
    this.#telling = this.#tellAfter(this.#telling);
  }

  async #tellAfter(before: Promise<void>): Promise<void> {
    await before;
    this.#isDue = false;
    try {
      await this.#write();
    } catch (error) {
      this.#failure = { error };
    }
  }

  async #write(): Promise<void> {
    const { rows } = await sql`with written as (
        update library.sync set phase = ${this.#phase}, pages_done = ${this.#pagesDone},
          pages_total = ${this.#pagesTotal}, rows_read = ${this.#rowsRead}
        where id = ${this.#syncId} returning id)
      select pg_notify(${changedChannel}, 'sync') from written`.execute(this.#context.db);
    if (rows.length === 0) throw new SyncGone('The token was deleted while it was synced.');
  }
}
