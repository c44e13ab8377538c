import type { SimulatedClock } from './clock.ts';
import { firstWhere } from './column.ts';

/** Lines kept as separate strings before they are packed into one block of bytes. */
const LINES_PER_BLOCK = 1000;

export type JournalFields = Readonly<Record<string, unknown>>;

/** What one line says; times in ms since the epoch. */
export interface LineContent {
  readonly simulatedMs: number;
  readonly wallMs: number;
  readonly fields: JournalFields;
}

/** Keeps lines of one kind in a form of its own, more compact than text, until somebody reads them. */
export interface LineSource {
  readonly kind: string;
  read(index: number): LineContent;
}

export interface JournalFilter {
  /** Only lines with a higher `seq`; default 0, which is all. */
  readonly since?: number | undefined;
  /** Only lines of these kinds; default all. */
  readonly kinds?: readonly string[] | undefined;
}

/** Lines that follow one another: as text, or as a stretch of a source. */
interface Block {
  /** `seq` of the first line. */
  readonly first: number;
  count: number;
  readonly lines: Buffer | { readonly source: LineSource; readonly from: number };
}

/**
 * What happened, one JSON object a line, oldest first, never dropped. Every line begins with `kind`,
 * `simulatedTime` and `wallTime` (ISO 8601, UTC), and `seq`, which counts the lines from 1. Text is held
 * as bytes outside the JavaScript heap.
 */
export class Journal {
  readonly #clock: SimulatedClock;
  readonly #blocks: Block[] = [];
  #lines: string[] = [];
  #last = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  /** `seq` of the latest line. */
  get last(): number {
    return this.#last;
  }

  /** Adds a line of the given kind, for example `request.accepted`. Values have to be JSON. */
  write(kind: string, fields: JournalFields = {}): void {
    const content = { simulatedMs: this.#clock.now(), wallMs: this.#clock.wallNow(), fields };
    this.#lines.push(formatLine(kind, ++this.#last, content));
    if (this.#lines.length >= LINES_PER_BLOCK) this.#pack();
  }

  /** Adds the line that the source holds under `index`; it is put into words only when read. */
  refer(source: LineSource, index: number): void {
    this.#pack();
    this.#last++;
    const block = this.#blocks.at(-1);
    const run = block?.lines;
    if (
      block !== undefined &&
      run !== undefined &&
      !Buffer.isBuffer(run) &&
      run.source === source &&
      run.from + block.count === index
    ) {
      block.count++;
    } else {
      this.#blocks.push({ first: this.#last, count: 1, lines: { source, from: index } });
    }
  }

  /** The lines written so far that fit, as UTF-8 text in pieces that end with a line break. */
  *read(filter: JournalFilter = {}): Generator<Buffer | string> {
    this.#pack();
    const end = this.#last;
    const since = filter.since ?? 0;
    const blocks = this.#blocks;
    let index = firstWhere(blocks.length, (at) => lastOf(blocks[at]) > since);
    for (; ; index++) {
      const block = blocks[index];
      if (block === undefined || block.first > end) return;
      yield* linesOf(block, { since, until: end, kinds: filter.kinds });
    }
  }

  /** All lines so far as objects, of one kind or of all: for tests and small runs. */
  entries(kind?: string): Record<string, unknown>[] {
    return [...this.read({ kinds: kind === undefined ? undefined : [kind] })]
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  #pack(): void {
    const count = this.#lines.length;
    if (count === 0) return;
    const lines = Buffer.from(this.#lines.join(''), 'utf8');
    this.#blocks.push({ first: this.#last - count + 1, count, lines });
    this.#lines = [];
  }
}

interface Range {
  readonly since: number;
  readonly until: number;
  readonly kinds: readonly string[] | undefined;
}

function lastOf(block: Block | undefined): number {
  return block === undefined ? Number.POSITIVE_INFINITY : block.first + block.count - 1;
}

function* linesOf(block: Block, { since, until, kinds }: Range): Generator<Buffer | string> {
  const { first, count, lines } = block;
  const from = Math.max(0, since - first + 1);
  const to = Math.min(count, until - first + 1);
  if (!Buffer.isBuffer(lines)) {
    const { source } = lines;
    if (kinds !== undefined && !kinds.includes(source.kind)) return;
    for (let start = from; start < to; start += LINES_PER_BLOCK) {
      let text = '';
      for (let index = start; index < Math.min(to, start + LINES_PER_BLOCK); index++) {
        text += formatLine(source.kind, first + index, source.read(lines.from + index));
      }
      yield text;
    }
  } else if (from === 0 && kinds === undefined) {
    yield lines;
  } else {
    const starts = kinds?.map((kind) => `{"kind":${JSON.stringify(kind)},`);
    const chosen = lines
      .toString('utf8')
      .split('\n')
      .slice(from, to)
      .filter((line) => starts?.some((start) => line.startsWith(start)) ?? true);
    if (chosen.length > 0) yield `${chosen.join('\n')}\n`;
  }
}

function formatLine(kind: string, seq: number, content: LineContent): string {
  const line = {
    kind,
    simulatedTime: new Date(content.simulatedMs).toISOString(),
    wallTime: new Date(content.wallMs).toISOString(),
    seq,
    ...content.fields,
  };
  return `${JSON.stringify(line)}\n`;
}
