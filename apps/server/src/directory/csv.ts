/** One record of a CSV file: the line it begins on, counted from 1, and its cells, trimmed. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A CSV file that breaks the format; the message names the line. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads comma- or semicolon-separated text (RFC 4180): quoted cells may hold separators, line ends and doubled
 * quotes. The separator is the one that the first line has more of. Blank lines are skipped.
 *
 * @throws CsvError for a quote that is not closed or is followed by text
 */
export function readCsv(text: string): readonly CsvRecord[] {
  const source = text.replace(/^\uFEFF/, '');
  const firstLine = /^[^\r\n]*/.exec(source)?.[0] ?? '';
  const separator = firstLine.split(';').length > firstLine.split(',').length ? ';' : ',';
  const cell = new RegExp(
    `(?:[ \\t]*"((?:[^"]|"")*)"[ \\t]*|([^"${separator}\\r\\n][^${separator}\\r\\n]*|))(${separator}|\\r\\n|\\r|\\n|$)`,
    'y',
  );
  const records: CsvRecord[] = [];
  let line = 1;
  let begin = 1;
  let cells: string[] = [];
  while (cell.lastIndex < source.length) {
    const match = cell.exec(source);
    if (match === null) {
      throw new CsvError(
        line,
        `Line ${line} has a quote that is not closed, or text after a closing quote.`,
      );
    }
    const [whole, quoted, plain = '', end = ''] = match;
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    line += whole.match(/\r\n|\r|\n/g)?.length ?? 0;
    if (end === separator && cell.lastIndex < source.length) continue;
    if (end === separator) cells.push('');
    if (cells.some((value) => value !== '')) records.push({ line: begin, cells });
    cells = [];
    begin = line;
  }
  return records;
}
