import { CsvError, type CsvRecord, readCsv } from './csv.ts';
import { isSerialNumber } from './devices.ts';
import { isUserPrincipalName } from './people.ts';

export const importKinds = ['people', 'devices', 'groups'] as const;
export type ImportKind = (typeof importKinds)[number];

/** What is wrong with a file, and where. */
export interface ImportProblem {
  readonly line: number;
  /** The column; undefined when it is the whole line. */
  readonly field?: string;
  readonly message: string;
}

/** A row under its column names; columns left blank are absent. */
export type ImportRow = { readonly line: number } & Readonly<Record<string, string | number>>;

export interface ReadImport {
  readonly rows: readonly ImportRow[];
  readonly problems: readonly ImportProblem[];
  /** Serial numbers that begin with the S that bar codes on Apple's boxes put before them. */
  readonly scannerPrefixes: number;
}

export interface ReadOptions {
  /** Takes the S of bar codes off serial numbers. */
  readonly withoutScannerPrefix?: boolean | undefined;
}

interface Layout {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** What makes a row the same as another one. */
  key(row: ImportRow): string;
  check(row: ImportRow): readonly Omit<ImportProblem, 'line'>[];
}

const longestCell = 256;
const mostProblems = 100;

const text = (row: ImportRow, field: string): string => String(row[field] ?? '');

const serialProblem = (row: ImportRow, field: string): readonly Omit<ImportProblem, 'line'>[] =>
  text(row, field) === '' || isSerialNumber(text(row, field))
    ? []
    : [
        {
          field,
          message: `"${text(row, field)}" is no serial number: 8 to 14 letters and digits.${hasScannerPrefix(text(row, field)) ? ' It begins with the S of a bar code: import the file without that.' : ''}`,
        },
      ];

const nameProblem = (row: ImportRow, field: string): readonly Omit<ImportProblem, 'line'>[] =>
  text(row, field) === '' || isUserPrincipalName(text(row, field))
    ? []
    : [{ field, message: `"${text(row, field)}" does not look like ann@example.org.` }];

/** A bar code holds one letter more than the serial number; without it, one must be left. */
function hasScannerPrefix(cell: string): boolean {
  return /^S/i.test(cell) && isSerialNumber(cell.slice(1));
}

const serialFields = ['serialNumber', 'memberSerialNumber'];

const layouts: Readonly<Record<ImportKind, Layout>> = {
  people: {
    required: ['userPrincipalName', 'displayName'],
    optional: ['givenName', 'surname', 'mail', 'department', 'jobTitle', 'managedAppleId'],
    key: (row) => text(row, 'userPrincipalName').toLowerCase(),
    check: (row) => [
      ...nameProblem(row, 'userPrincipalName'),
      ...nameProblem(row, 'managedAppleId'),
    ],
  },
  devices: {
    required: ['serialNumber'],
    optional: ['displayName', 'group'],
    key: (row) => text(row, 'serialNumber').toUpperCase(),
    check: (row) => serialProblem(row, 'serialNumber'),
  },
  groups: {
    required: ['group'],
    optional: ['memberUserPrincipalName', 'memberSerialNumber'],
    key: (row) =>
      [
        text(row, 'group').toLowerCase(),
        text(row, 'memberUserPrincipalName').toLowerCase(),
        text(row, 'memberSerialNumber').toUpperCase(),
      ].join('\n'),
    check: (row) => [
      ...nameProblem(row, 'memberUserPrincipalName'),
      ...serialProblem(row, 'memberSerialNumber'),
      ...(text(row, 'memberUserPrincipalName') !== '' && text(row, 'memberSerialNumber') !== ''
        ? [{ message: 'The line names a person and a device; write one member a line.' }]
        : []),
    ],
  },
};

/** Reads a file and finds everything that is wrong with it by itself, without looking at the directory. */
export function readImport(kind: ImportKind, csv: string, options: ReadOptions = {}): ReadImport {
  const binaryAt = csv.indexOf('\0');
  if (binaryAt !== -1) {
    const line = csv.slice(0, binaryAt).split('\n').length;
    return unreadable([{ line, message: 'This is no text file; save it as CSV in UTF-8.' }]);
  }
  try {
    return readRecords(kind, readCsv(csv), options);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return unreadable([{ line: error.line, message: error.message }]);
  }
}

function unreadable(problems: readonly ImportProblem[]): ReadImport {
  return { rows: [], problems, scannerPrefixes: 0 };
}

function readRecords(
  kind: ImportKind,
  records: readonly CsvRecord[],
  options: ReadOptions,
): ReadImport {
  const [header, ...body] = records;
  if (header === undefined) {
    return unreadable([{ line: 1, message: 'The file is empty.' }]);
  }
  const layout = layouts[kind];
  const columns = readHeader(layout, header);
  if ('problems' in columns) return unreadable(columns.problems);
  const rows: ImportRow[] = [];
  const problems: ImportProblem[] = [];
  const seen = new Map<string, number>();
  let scannerPrefixes = 0;
  for (const record of body) {
    const row = toRow(columns.names, record, options);
    if (serialFields.some((field) => hasScannerPrefix(text(row, field)))) scannerPrefixes += 1;
    const found = [...checkCells(layout, columns.names, record, row), ...layout.check(row)];
    const earlier = seen.get(layout.key(row));
    if (earlier !== undefined)
      found.push({ message: `The line says the same as line ${earlier}.` });
    seen.set(layout.key(row), record.line);
    problems.push(...found.map((problem) => ({ line: record.line, ...problem })));
    rows.push(row);
    if (problems.length >= mostProblems) break;
  }
  if (body.length === 0)
    problems.push({ line: header.line, message: 'The file has a header and nothing below it.' });
  return { rows, problems, scannerPrefixes };
}

function readHeader(
  layout: Layout,
  header: CsvRecord,
): { readonly names: readonly string[] } | { readonly problems: readonly ImportProblem[] } {
  const known = [...layout.required, ...layout.optional];
  const names = header.cells.map(
    (cell) => known.find((name) => name.toLowerCase() === cell.toLowerCase()) ?? cell,
  );
  const messages = [
    ...names
      .filter((name) => !known.includes(name))
      .map((name) => `There is no column "${name}"; the columns are ${known.join(', ')}.`),
    ...layout.required
      .filter((name) => !names.includes(name))
      .map((name) => `The column ${name} is missing in the header.`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `The column ${name} appears twice.`),
  ];
  if (messages.length === 0) return { names };
  return { problems: messages.map((message) => ({ line: header.line, message })) };
}

function toRow(
  names: readonly string[],
  record: CsvRecord,
  { withoutScannerPrefix = false }: ReadOptions,
): ImportRow {
  const filled = names.flatMap((name, index) => {
    const written = record.cells[index] ?? '';
    const isScanned =
      withoutScannerPrefix && serialFields.includes(name) && hasScannerPrefix(written);
    const cell = isScanned ? written.slice(1) : written;
    return cell === '' ? [] : [[name, cell] as const];
  });
  return { ...Object.fromEntries(filled), line: record.line };
}

function checkCells(
  layout: Layout,
  names: readonly string[],
  record: CsvRecord,
  row: ImportRow,
): Omit<ImportProblem, 'line'>[] {
  const problems: Omit<ImportProblem, 'line'>[] = [];
  if (record.cells.length > names.length) {
    problems.push({
      message: `The line has ${record.cells.length} cells, the header ${names.length}.`,
    });
  }
  for (const name of layout.required) {
    if (row[name] === undefined) problems.push({ field: name, message: `${name} is empty.` });
  }
  for (const name of names) {
    const cell = text(row, name);
    if (cell.length > longestCell) {
      problems.push({ field: name, message: `${name} is longer than ${longestCell} characters.` });
    }
    if (/[\p{Cc}\uFFFD]/u.test(cell)) {
      problems.push({
        field: name,
        message: `${name} has characters that are no text; save the file as UTF-8.`,
      });
    }
  }
  return problems;
}
