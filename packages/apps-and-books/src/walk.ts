import { type Fields, optionalInteger, optionalText, ShapeError } from './answers/read.ts';
import { RefusedError } from './errors/errors.ts';
import { parallelPages } from './http/channel.ts';

/** One page of a list. */
export interface Page<Row> {
  /** 0 for the first run; grows each time the run starts over because the list changed in flight. */
  readonly attempt: number;
  readonly pageIndex: number;
  readonly totalPages: number;
  readonly rows: readonly Row[];
}

/** How a walk through all pages ended. */
export interface WalkResult {
  /** Of the first page of the last run: what an incremental read may begin from. */
  readonly versionId: string | undefined;
  /** Whether all pages of the last run show one and the same version. If not, absence of a row proves nothing. */
  readonly clean: boolean;
  /** Pages and rows of the last run. */
  readonly pages: number;
  readonly rows: number;
  /** How often it started over. */
  readonly restarts: number;
}

/** What a walk is made of. */
export interface WalkPlan<Row> {
  /** Fetches one page when its turn comes; the first is asked for without an index. */
  readonly fetchPage: (pageIndex: number | undefined, signal: AbortSignal) => Promise<Fields>;
  readonly readRows: (fields: Fields) => readonly Row[];
  /** Called for one page at a time, in any order; pages are read ahead meanwhile, a few at most. */
  readonly onPage: (page: Page<Row>) => Promise<void>;
  readonly signal: AbortSignal;
}

interface FetchedPage<Row> {
  readonly pageIndex: number;
  readonly totalPages: number;
  readonly versionId: string | undefined;
  readonly rows: readonly Row[];
}

const badPageIndex = 9650;
const mostRestarts = 2;
/** Pages on their way or being handed over: twice as many as Apple gives at a time, so that neither side waits. */
const lanes = 2 * parallelPages;

/**
 * Walks through all pages of a list, a few at a time. When the version changes in flight it starts over, at most
 * twice; then it goes on to the end and the result is not clean.
 *
 * @throws AppsAndBooksError; ShapeError; what `onPage` throws; the signal's reason
 */
export async function walk<Row>(plan: WalkPlan<Row>): Promise<WalkResult> {
  for (let attempt = 0; ; attempt += 1) {
    const run = new Run(plan, attempt, attempt === mostRestarts);
    const result = await run.toTheEnd();
    if (result !== 'changed') return result;
  }
}

/** One run through the pages. The first failure, wherever it happens, ends it. */
class Run<Row> {
  readonly #plan: WalkPlan<Row>;
  readonly #attempt: number;
  readonly #acceptsChange: boolean;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  #changed = false;
  #rows = 0;
  #pages = 0;
  #nextIndex = 1;
  /** The hand-over of the latest page; never rejects. */
  #handingOver: Promise<void> = Promise.resolve();

  constructor(plan: WalkPlan<Row>, attempt: number, acceptsChange: boolean) {
    this.#plan = plan;
    this.#attempt = attempt;
    this.#acceptsChange = acceptsChange;
    this.#signal = AbortSignal.any([plan.signal, this.#failed.signal]);
  }

  async toTheEnd(): Promise<WalkResult | 'changed'> {
    const first = await this.#fetch(undefined);
    const handedOver = this.#handOver(first);
    await Promise.all(Array.from({ length: lanes }, async () => this.#lane(first)));
    await handedOver;
    this.#signal.throwIfAborted();
    if (this.#changed && !this.#acceptsChange) return 'changed';
    return {
      versionId: first.versionId,
      clean: !this.#changed && first.versionId !== undefined,
      pages: this.#pages,
      rows: this.#rows,
      restarts: this.#attempt,
    };
  }

  /** One page after the other; each is handed over before the next is asked for, which bounds the memory. */
  async #lane(first: FetchedPage<Row>): Promise<void> {
    while (this.#nextIndex < first.totalPages && !this.#isOver()) {
      try {
        const page = await this.#fetchUnlessGone(this.#nextIndex++);
        if (page?.versionId !== first.versionId || page?.totalPages !== first.totalPages)
          this.#changed = true;
        if (page !== undefined) await this.#handOver(page);
      } catch (error) {
        this.#failed.abort(error);
      }
    }
  }

  #isOver(): boolean {
    return this.#signal.aborted || (this.#changed && !this.#acceptsChange);
  }

  async #handOver(page: FetchedPage<Row>): Promise<void> {
    const before = this.#handingOver;
    const handingOver = async (): Promise<void> => {
      await before;
      if (this.#isOver()) return;
      const { pageIndex, totalPages, rows } = page;
      try {
        await this.#plan.onPage({ attempt: this.#attempt, pageIndex, totalPages, rows });
        this.#pages += 1;
        this.#rows += rows.length;
      } catch (error) {
        this.#failed.abort(error);
      }
    };
    this.#handingOver = handingOver();
    return this.#handingOver;
  }

  /** Undefined when the page does not exist any more: the list became shorter in flight. */
  async #fetchUnlessGone(pageIndex: number): Promise<FetchedPage<Row> | undefined> {
    try {
      return await this.#fetch(pageIndex);
    } catch (error) {
      if (error instanceof RefusedError && error.number === badPageIndex) return undefined;
      throw error;
    }
  }

  async #fetch(pageIndex: number | undefined): Promise<FetchedPage<Row>> {
    const fields = await this.#plan.fetchPage(pageIndex, this.#signal);
    return {
      pageIndex: pageIndex ?? 0,
      totalPages: readTotalPages(fields),
      versionId: optionalText(fields, 'versionId'),
      rows: this.#plan.readRows(fields),
    };
  }
}

/** A list that goes on must say how far. */
function readTotalPages(fields: Fields): number {
  const total = optionalInteger(fields, 'totalPages');
  if (total === undefined && optionalInteger(fields, 'nextPageIndex') !== undefined) {
    throw new ShapeError('totalPages', 'the number of pages');
  }
  return total ?? 1;
}
