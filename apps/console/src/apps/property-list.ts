/** A tag, or the text between two. */
interface Piece {
  readonly name: string;
  readonly kind: 'opens' | 'closes' | 'empty' | 'text';
}

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/**
 * Reads the value of Apple's property list in XML, with or without the `plist` around it, as far as an app
 * configuration can have it.
 *
 * @throws Error in a sentence
 */
export function readPropertyList(xml: string): unknown {
  const pieces = piecesOf(xml);
  const value = readValue(pieces);
  if (pieces.length > 0) throw new Error('There is more after the end of the list.');
  return value;
}

function piecesOf(xml: string): Piece[] {
  const body = xml
    .replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>/g, '')
    .replaceAll(/<\/?plist[^>]*>/g, '')
    .trim();
  const read = [...body.matchAll(/<(\/?)([A-Za-z]+)\s*(\/?)>|([^<]+)/g)];
  if (read.reduce((sum, [all]) => sum + all.length, 0) !== body.length)
    throw new Error('This is no XML that can be read: look for a stray < or >.');
  return read.flatMap(([, closes, name, empty, text]): Piece[] => {
    if (name === undefined) return [{ kind: 'text', name: text ?? '' }];
    return [{ kind: closes === '/' ? 'closes' : empty === '/' ? 'empty' : 'opens', name }];
  });
}

function readValue(pieces: Piece[]): unknown {
  skipSpace(pieces);
  const piece = pieces.shift();
  if (piece === undefined || piece.kind === 'text' || piece.kind === 'closes')
    throw new Error('A value is missing.');
  const { name, kind } = piece;
  if (name === 'true' || name === 'false') {
    if (kind === 'opens') close(pieces, name);
    return name === 'true';
  }
  if (name === 'dict') return kind === 'empty' ? {} : readDictionary(pieces);
  if (name === 'array') return kind === 'empty' ? [] : readArray(pieces);
  const text = kind === 'empty' ? '' : readText(pieces, name);
  if (name === 'string') return text;
  if (name !== 'integer' && name !== 'real')
    throw new Error(`<${name}> cannot be part of a configuration.`);
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw new Error(`“${text}” is not a number.`);
  return number;
}

function readDictionary(pieces: Piece[]): Record<string, unknown> {
  const read = new Map<string, unknown>();
  while (!isClosed(pieces, 'dict')) {
    const piece = pieces.shift();
    if (piece?.kind !== 'opens' || piece.name !== 'key')
      throw new Error('In a <dict>, every value needs a <key> before it.');
    read.set(readText(pieces, 'key'), readValue(pieces));
  }
  return Object.fromEntries(read);
}

function readArray(pieces: Piece[]): unknown[] {
  const read: unknown[] = [];
  while (!isClosed(pieces, 'array')) read.push(readValue(pieces));
  return read;
}

function readText(pieces: Piece[], name: string): string {
  const text = pieces[0]?.kind === 'text' ? (pieces.shift()?.name ?? '') : '';
  close(pieces, name);
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (all, code?: string, entity?: string) =>
    code === undefined ? (entities[entity ?? ''] ?? all) : String.fromCodePoint(Number(code)),
  );
}

function isClosed(pieces: Piece[], name: string): boolean {
  skipSpace(pieces);
  if (pieces.length === 0) throw new Error(`</${name}> is missing.`);
  if (pieces[0]?.kind !== 'closes') return false;
  close(pieces, name);
  return true;
}

function close(pieces: Piece[], name: string): void {
  const piece = pieces.shift();
  if (piece?.kind !== 'closes' || piece.name !== name) throw new Error(`</${name}> is missing.`);
}

function skipSpace(pieces: Piece[]): void {
  while (pieces[0]?.kind === 'text') {
    if (pieces[0].name.trim() !== '')
      throw new Error(`“${pieces[0].name.trim().slice(0, 40)}” stands outside of any value.`);
    pieces.shift();
  }
}
