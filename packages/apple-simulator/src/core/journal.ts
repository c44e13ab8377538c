import type { SimulatedClock } from './clock.ts';

/** Lines kept as separate strings before they are packed into one block of bytes. */
const LINES_PER_BLOCK = 1000;

export type JournalFields = Readonly<Record<string, unknown>>;

/**
 * What happened, one JSON object a line, oldest first, never dropped. Every line begins with `kind`,
 * `simulatedTime` and `wallTime` (ISO 8601, UTC). Full blocks are held as bytes outside the JavaScript heap.
 */
export class Journal {
  readonly #clock: SimulatedClock;
  readonly #blocks: Buffer[] = [];
  #lines: string[] = [];

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  /** Adds a line of the given kind, for example `request.accepted`. Values have to be JSON. */
  write(kind: string, fields: JournalFields = {}): void {
    const line = {
      kind,
      simulatedTime: new Date(this.#clock.now()).toISOString(),
      wallTime: new Date(this.#clock.wallNow()).toISOString(),
      ...fields,
    };
    this.#lines.push(`${JSON.stringify(line)}\n`);
    if (this.#lines.length >= LINES_PER_BLOCK) this.#pack();
  }

  /** All lines so far as blocks of UTF-8 text; each block ends with a line break. */
  *blocks(): Generator<Buffer> {
    this.#pack();
    yield* this.#blocks;
  }

  /** The lines of one kind, as UTF-8 text with line breaks. */
  *linesOf(kind: string): Generator<string> {
    const start = `{"kind":${JSON.stringify(kind)},`;
    for (const block of this.blocks()) {
      for (const line of block.toString('utf8').split('\n')) {
        if (line.startsWith(start)) yield `${line}\n`;
      }
    }
  }

  /** All lines so far as objects, of one kind or of all: for tests and small runs. */
  entries(kind?: string): Record<string, unknown>[] {
    const text = Buffer.concat([...this.blocks()]).toString('utf8');
    const entries = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return kind === undefined ? entries : entries.filter((entry) => entry['kind'] === kind);
  }

  #pack(): void {
    if (this.#lines.length === 0) return;
    this.#blocks.push(Buffer.from(this.#lines.join(''), 'utf8'));
    this.#lines = [];
  }
}
