import type { Channel } from './http/channel.ts';
import { readTitles, type Title } from './answers/titles.ts';

/** Titles in one lookup at most. */
export const catalogBatch = 100;

const callsPerSecond = 5;

export interface CatalogQuery {
  /** At most `catalogBatch`. */
  readonly adamIds: readonly string[];
  /** `enterprisestore`, `volumestore` (education) or `macappstore`; the location's default platform. */
  readonly platform: string;
  /** Two letters: the storefront. */
  readonly country: string;
  /** Without it custom apps and delisted titles are missing. */
  readonly sToken?: string;
}

/**
 * Names, icons and versions of titles, from the lookup that needs no developer token. Apple calls it legacy, so it
 * stands apart.
 */
export class Catalog {
  readonly #baseUrl: string;
  readonly #channel: Channel;

  constructor(baseUrl: string, channel: Channel) {
    this.#baseUrl = baseUrl;
    this.#channel = channel;
  }

  /**
   * Looks titles up.
   *
   * @see https://developer.apple.com/documentation/devicemanagement/getting-app-and-book-information-legacy
   * @returns what the store shows, by Adam ID. A title it does not show, or that this token may not see, is missing.
   * @throws AppsAndBooksError, RangeError for more titles than one lookup takes
   */
  async lookup(query: CatalogQuery, signal: AbortSignal): Promise<ReadonlyMap<string, Title>> {
    if (query.adamIds.length > catalogBatch)
      throw new RangeError(`A lookup takes ${catalogBatch} titles at most.`);
    if (query.adamIds.length === 0) return new Map();
    const url = new URL('WebObjects/MZStorePlatform.woa/wa/lookup', this.#baseUrl);
    const parameters = {
      version: '2',
      id: query.adamIds.join(','),
      p: 'mdm-lockup',
      caller: 'MDM',
      platform: query.platform,
      cc: query.country.toLowerCase(),
      l: 'en',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const { sToken } = query;
    const fields = await this.#channel.get(
      {
        method: 'GET',
        url,
        headers: sToken === undefined ? {} : { cookie: `itvt=${sToken}` },
        secrets: sToken === undefined ? [] : [sToken],
      },
      callsPerSecond,
      signal,
    );
    return readTitles(fields);
  }
}
