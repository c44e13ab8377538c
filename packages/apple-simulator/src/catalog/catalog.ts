import { createRandom } from '../core/random.ts';
import type { DeviceFamily, TitleSource } from '../core/world.ts';
import { APPS } from './apps.ts';
import type { AppLine, Platforms } from './lines.ts';
import { BOOKS, CUSTOM_APPS } from './made-up.ts';
import type { CatalogTitle } from './title.ts';

const FIRST_EXTERNAL_VERSION = 860_000_001;
const MEGABYTE = 1_000_000;

/** A made-up title, to be added at run time. */
export interface TitleInput {
  readonly adamId: string;
  readonly name: string;
  readonly bundleId: string;
  readonly developer?: string | undefined;
  readonly genre?: string | undefined;
  readonly runsOn?: Platforms | undefined;
  readonly paid?: boolean | undefined;
  readonly custom?: boolean | undefined;
  readonly delisted?: boolean | undefined;
  readonly deviceAssignable?: boolean | undefined;
  readonly absentIn?: readonly string[] | undefined;
  readonly minimumOsVersion?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly version?: string | undefined;
}

/** The store: titles by Adam ID and by bundle id. */
export class Catalog implements TitleSource {
  readonly #titles = new Map<string, CatalogTitle>();
  readonly #byBundleId = new Map<string, CatalogTitle>();
  #externalVersion = FIRST_EXTERNAL_VERSION;

  constructor() {
    for (const line of APPS) this.add(appInput(line, false));
    for (const line of CUSTOM_APPS) this.add(appInput(line, true));
    for (const [adamId, name, author, genre] of BOOKS) this.#addBook(adamId, name, author, genre);
  }

  /** Adds an app. @throws Error when its Adam ID or bundle id is taken */
  add(input: TitleInput): CatalogTitle {
    const runsOn = input.runsOn ?? 'pi';
    const random = createRandom(Number(input.adamId) % 2 ** 31);
    return this.#store({
      adamId: input.adamId,
      name: input.name,
      bundleId: input.bundleId,
      kind: 'app',
      developer: input.developer ?? 'Example Developer',
      genre: input.genre ?? 'Utilities',
      custom: input.custom ?? false,
      delisted: input.delisted ?? false,
      absentIn: input.absentIn ?? [],
      free: !(input.paid ?? false),
      deviceAssignable: input.deviceAssignable ?? true,
      families: familiesOf(runsOn),
      platforms: platformsOf(runsOn),
      version:
        input.version ?? `${random.integer(1, 26)}.${random.integer(0, 9)}.${random.integer(0, 5)}`,
      externalVersionId: this.#externalVersion++,
      minimumOsVersion: input.minimumOsVersion ?? (runsOn === 'm' ? '13.0' : '16.0'),
      sizeBytes: input.sizeBytes ?? random.integer(8, 900) * MEGABYTE,
    });
  }

  title(adamId: string): CatalogTitle | undefined {
    return this.#titles.get(adamId);
  }

  titleByBundleId(bundleId: string): CatalogTitle | undefined {
    return this.#byBundleId.get(bundleId);
  }

  all(): CatalogTitle[] {
    return [...this.#titles.values()];
  }

  /** Publishes a new version of a title; by default the last part of the version grows by one. */
  update(title: CatalogTitle, version?: string): void {
    const parts = title.version.split('.');
    const last = Number(parts.pop()) + 1;
    title.version = version ?? [...parts, last].join('.');
    title.externalVersionId = this.#externalVersion++;
  }

  #addBook(adamId: string, name: string, author: string, genre: string): void {
    this.#store({
      adamId,
      name,
      bundleId: '',
      kind: 'book',
      developer: author,
      genre,
      custom: false,
      delisted: false,
      absentIn: [],
      free: false,
      deviceAssignable: false,
      families: ['iphone', 'ipad', 'mac'],
      platforms: ['iOS', 'macOS'],
      version: '1.0',
      externalVersionId: this.#externalVersion++,
      minimumOsVersion: '',
      sizeBytes: createRandom(Number(adamId) % 2 ** 31).integer(1, 12) * MEGABYTE,
    });
  }

  #store(title: CatalogTitle): CatalogTitle {
    if (this.#titles.has(title.adamId)) throw new Error(`adamId: ${title.adamId} is taken.`);
    if (this.#byBundleId.has(title.bundleId))
      throw new Error(`bundleId: ${title.bundleId} is taken.`);
    this.#titles.set(title.adamId, title);
    if (title.bundleId !== '') this.#byBundleId.set(title.bundleId, title);
    return title;
  }
}

function appInput(line: AppLine, custom: boolean): TitleInput {
  const [adamId, bundleId, name, developer, genre, runsOn, options = {}] = line;
  return {
    adamId,
    bundleId,
    name,
    developer,
    genre,
    runsOn,
    custom,
    paid: options.paid,
    delisted: options.delisted,
    absentIn: options.absentIn,
    minimumOsVersion: options.minimumOs,
  };
}

const FAMILIES: Readonly<Record<string, DeviceFamily>> = {
  p: 'iphone',
  i: 'ipad',
  m: 'mac',
  t: 'tvos',
  w: 'watch',
  v: 'realityDevice',
};

function familiesOf(runsOn: Platforms): DeviceFamily[] {
  return runsOn.split('').flatMap((letter) => FAMILIES[letter] ?? []);
}

function platformsOf(runsOn: Platforms): string[] {
  const names: [letters: RegExp, platform: string][] = [
    [/[pi]/u, 'iOS'],
    [/m/u, 'macOS'],
    [/t/u, 'tvOS'],
    [/w/u, 'watchOS'],
    [/v/u, 'visionOS'],
  ];
  return names.flatMap(([letters, platform]) => (letters.test(runsOn) ? platform : []));
}
