import type { Fields } from './read.ts';

/** What the store tells about a title. Only the Adam ID is certain: descriptions must never stop license work. */
export interface Title {
  readonly adamId: string;
  readonly name: string | undefined;
  readonly artistName: string | undefined;
  readonly bundleId: string | undefined;
  readonly version: string | undefined;
  /** EVID: a device that runs another number may have an update waiting. */
  readonly externalVersionId: number | undefined;
  readonly minimumOsVersion: string | undefined;
  /** Such as `iphone`, `ipad`, `mac`. */
  readonly deviceFamilies: readonly string[];
  readonly genres: readonly string[];
  /** As the store writes it. */
  readonly price: string | undefined;
  readonly isCustomApp: boolean;
  readonly storeUrl: string | undefined;
  /** `iosSoftware`, `desktopApp`, a kind of book. */
  readonly kind: string | undefined;
  readonly description: string | undefined;
  readonly iconUrl: string | undefined;
}

const iconSize = 256;

/** The titles of a lookup answer, read leniently: what has another shape counts as not told. */
export function readTitles(fields: Fields): ReadonlyMap<string, Title> {
  const titles = new Map<string, Title>();
  for (const [adamId, value] of Object.entries(objectOf(fields['results']))) {
    if (/^\d{1,20}$/.test(adamId)) titles.set(adamId, readTitle(adamId, objectOf(value)));
  }
  return titles;
}

function readTitle(adamId: string, fields: Fields): Title {
  const offer = objectOf(listOf(fields['offers'])[0]);
  const version = objectOf(offer['version']);
  return {
    adamId,
    name: textOf(fields['name']),
    artistName: textOf(fields['artistName']),
    bundleId: textOf(fields['bundleId']),
    version: textOf(version['display']),
    externalVersionId: integerOf(version['externalId']),
    minimumOsVersion: textOf(fields['minimumOSVersion']),
    deviceFamilies: textsOf(fields['deviceFamilies']),
    genres: textsOf(fields['genreNames'] ?? fields['genres']),
    price: textOf(offer['priceFormatted']) ?? priceText(offer['price']),
    isCustomApp: fields['isB2BCustomApp'] === true,
    storeUrl: httpsOf(fields['url']),
    kind: textOf(fields['kind']),
    description:
      textOf(fields['description']) ?? textOf(objectOf(fields['description'])['standard']),
    iconUrl: readArtwork(fields['artwork']),
  };
}

/** Artwork comes as a list of ready sizes, or as one template to fill in. */
function readArtwork(value: unknown): string | undefined {
  if (!Array.isArray(value)) return fillTemplate(objectOf(value));
  const sizes = value.map(objectOf).toSorted((a, b) => distance(a) - distance(b));
  const [best] = sizes;
  return best === undefined ? undefined : fillTemplate(best);
}

function distance(size: Fields): number {
  return Math.abs((integerOf(size['width']) ?? 0) - iconSize);
}

function fillTemplate(artwork: Fields): string | undefined {
  const template = textOf(artwork['url']);
  if (template === undefined) return undefined;
  return httpsOf(
    template
      .replaceAll('{w}', `${iconSize}`)
      .replaceAll('{h}', `${iconSize}`)
      .replaceAll('{c}', 'bb')
      .replaceAll('{f}', 'png'),
  );
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Trimmed: version texts can begin with a space. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

function textsOf(value: unknown): string[] {
  return listOf(value).flatMap((item) => textOf(item) ?? textOf(objectOf(item)['name']) ?? []);
}

function integerOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function priceText(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A web address only: what a store says ends up in a browser. */
function httpsOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
}
