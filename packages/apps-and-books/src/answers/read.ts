/** A value of another shape than documented; `path` grows on its way out. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`"${path}": ${expected} was expected`);
    this.path = path;
    this.expected = expected;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** An object's fields. @throws ShapeError with `path` when it is none */
export function readObject(value: unknown, path = 'body'): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new ShapeError(path, 'an object');
}

/** Absent and null are the same in Apple's answers. */
function present(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? (fields[key] ?? undefined) : undefined;
}

export function optionalText(fields: Fields, key: string): string | undefined {
  const value = present(fields, key);
  if (value === undefined || typeof value === 'string') return value;
  throw new ShapeError(key, 'a text');
}

/** A text that is there and not empty. */
export function requiredText(fields: Fields, key: string): string {
  const value = optionalText(fields, key);
  if (value === undefined || value === '') throw new ShapeError(key, 'a text');
  return value;
}

export function optionalInteger(fields: Fields, key: string): number | undefined {
  const value = present(fields, key);
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value)))
    return value;
  throw new ShapeError(key, 'a whole number');
}

export function requiredInteger(fields: Fields, key: string): number {
  const value = optionalInteger(fields, key);
  if (value === undefined) throw new ShapeError(key, 'a whole number');
  return value;
}

export function optionalBoolean(fields: Fields, key: string): boolean | undefined {
  const value = present(fields, key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw new ShapeError(key, 'true or false');
}

/** An Adam ID as text: Apple writes it as text in most places and as a number in some. */
export function requiredAdamId(fields: Fields): string {
  const value = fields['adamId'];
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  throw new ShapeError('adamId', 'an Adam ID in digits');
}

/** The items of a list; absent is empty. A ShapeError of an item is told with its index. */
export function readList<T>(fields: Fields, key: string, readItem: (value: unknown) => T): T[] {
  const value = present(fields, key);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new ShapeError(key, 'a list');
  const items: T[] = [];
  // A page has a thousand of them: the path is put into words only for the one that is wrong.
  try {
    for (const item of value) items.push(readItem(item));
  } catch (error) {
    throw within(`${key}[${items.length}]`, error);
  }
  return items;
}

/** The items of a list of objects; absent is empty. */
export function readObjects<T>(fields: Fields, key: string, readItem: (fields: Fields) => T): T[] {
  return readList(fields, key, (value) => readItem(readObject(value, '')));
}

/** A list of texts; absent is empty. */
export function readTexts(fields: Fields, key: string): string[] {
  return readList(fields, key, (value) => {
    if (typeof value === 'string') return value;
    throw new ShapeError('', 'a text');
  });
}

/** An object member; undefined when absent. */
export function readMember<T>(
  fields: Fields,
  key: string,
  read: (fields: Fields) => T,
): T | undefined {
  const value = present(fields, key);
  if (value === undefined) return undefined;
  try {
    return read(readObject(value, ''));
  } catch (error) {
    throw within(key, error);
  }
}

/** The same failure, told from further out; any other is left as it is. */
function within(path: string, error: unknown): unknown {
  if (!(error instanceof ShapeError)) return error;
  return new ShapeError(error.path === '' ? path : `${path}.${error.path}`, error.expected);
}
