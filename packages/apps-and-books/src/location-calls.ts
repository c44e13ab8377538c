import { type LocationAnswer, readLocationAnswer } from './answers/common.ts';
import { type Fields, ShapeError } from './answers/read.ts';
import type { ServiceLimits } from './answers/service-config.ts';
import {
  AppsAndBooksError,
  ForeignOwnerError,
  InvalidAnswerError,
  LocationMismatchError,
  type MdmInfo,
  UnknownOutcomeError,
} from './errors/errors.ts';
import type { Channel } from './http/channel.ts';
import type { HttpRequest } from './http/exchange.ts';
import { type Page, walk, type WalkResult } from './walk.ts';

/** Who speaks, and for which location. */
export interface LocationCredential {
  /** The token file's text as Apple made it. */
  readonly sToken: string;
  /** The location that is meant; every answer is checked against it. Left out before it is known. */
  readonly uId?: string;
  /** Our id as the location's management service; every answer is checked against it. Left out to look around. */
  readonly mdmId?: string;
}

/** What a location's calls are made with. */
export interface LocationWiring {
  readonly baseUrl: string;
  readonly channel: Channel;
  readonly limits: (signal: AbortSignal) => Promise<ServiceLimits>;
}

interface PostOptions {
  /** A text in the body that no error may show. */
  readonly bodySecret?: string | undefined;
  /** After this moment it is not sent any more. */
  readonly sendBy?: Date | undefined;
}

/** Each page is awaited before the next one is handed over. */
export type OnPage<Row> = (page: Page<Row>) => Promise<void>;

export const clientConfigPath = 'client/config';

type Query = Readonly<Record<string, string | undefined>>;

/** Calls under one content token; every answer is checked to be of the location, and the location to be ours. */
export class LocationCalls {
  readonly #credential: LocationCredential;
  readonly #wiring: LocationWiring;
  /** Asks whose the location is, once, where an answer did not say. */
  #owner: Promise<MdmInfo | undefined> | undefined;

  constructor(credential: LocationCredential, wiring: LocationWiring) {
    this.#credential = credential;
    this.#wiring = wiring;
  }

  async get<T>(
    path: string,
    query: Query,
    read: (fields: Fields) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const request = this.#request('GET', path, query);
    const { maxRequestPerSecond } = await this.#wiring.limits(signal);
    const fields = await this.#wiring.channel.get(request, maxRequestPerSecond, signal);
    return this.#readChecked(request, fields, read, signal);
  }

  async walk<Row>(
    path: string,
    query: Query,
    readRows: (fields: Fields) => readonly Row[],
    onPage: OnPage<Row>,
    signal: AbortSignal,
  ): Promise<WalkResult> {
    const call = `GET ${this.#url(path, {}).pathname}`;
    const fetchPage = async (
      pageIndex: number | undefined,
      signal: AbortSignal,
    ): Promise<Fields> => {
      const request = this.#request(
        'GET',
        path,
        pageIndex === undefined ? query : { ...query, pageIndex: `${pageIndex}` },
      );
      const { maxRequestPerSecond } = await this.#wiring.limits(signal);
      const fields = await this.#wiring.channel.getPage(request, maxRequestPerSecond, signal);
      return this.#readChecked(request, fields, (fields) => fields, signal);
    };
    return explainingShape(call, async () => walk({ fetchPage, readRows, onPage, signal }));
  }

  async post<T>(
    path: string,
    body: object,
    read: (fields: Fields) => T,
    signal: AbortSignal,
    { bodySecret = '', sendBy }: PostOptions = {},
  ): Promise<T> {
    const plain = this.#request('POST', path, {});
    const request = { ...plain, body, secrets: [...plain.secrets, bodySecret], sendBy };
    const { maxRequestPerSecond } = await this.#wiring.limits(signal);
    const fields = await this.#wiring.channel.post(request, maxRequestPerSecond, signal);
    try {
      return await this.#readChecked(request, fields, read, signal);
    } catch (error) {
      if (!(error instanceof InvalidAnswerError)) throw error;
      throw new UnknownOutcomeError(`${error.message} So what became of it is not known.`);
    }
  }

  async #readChecked<T>(
    request: HttpRequest,
    fields: Fields,
    read: (fields: Fields) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const call = `${request.method} ${request.url.pathname}`;
    return explainingShape(call, async () => {
      const answer = readLocationAnswer(fields);
      this.#checkUid(answer, fields);
      const asks = !request.url.pathname.endsWith(`/${clientConfigPath}`);
      await this.#checkOwner(answer.mdmInfo, fields, asks ? signal : undefined);
      return read(fields);
    });
  }

  #checkUid(answer: LocationAnswer, fields: Fields): void {
    const { uId } = this.#credential;
    if (uId === undefined || answer.uId === uId) return;
    throw new LocationMismatchError(uId, answer.uId, eventIdIn(fields));
  }

  /**
   * An answer that does not say whose the location is proves nothing: the client configuration is asked then.
   *
   * @param signal left out for the answer of the client configuration itself
   */
  async #checkOwner(
    said: MdmInfo | undefined,
    fields: Fields,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { mdmId } = this.#credential;
    if (mdmId === undefined) return;
    const owner = said ?? (signal && (await this.#askOwner(signal)));
    if (owner !== undefined && owner.id !== mdmId)
      throw new ForeignOwnerError(owner, eventIdIn(fields));
  }

  /** Where Apple cannot be asked now, the owner stays unknown and the next answer that does not say it asks again. */
  async #askOwner(signal: AbortSignal): Promise<MdmInfo | undefined> {
    this.#owner ??= this.#readOwner(signal);
    try {
      return await this.#owner;
    } catch (error) {
      this.#owner = undefined;
      if (!(error instanceof AppsAndBooksError)) throw error;
      return undefined;
    }
  }

  async #readOwner(signal: AbortSignal): Promise<MdmInfo | undefined> {
    const { sToken } = this.#credential;
    const anybody = new LocationCalls({ sToken }, this.#wiring);
    return anybody.get(
      clientConfigPath,
      {},
      (fields) => readLocationAnswer(fields).mdmInfo,
      signal,
    );
  }

  #request(method: 'GET' | 'POST', path: string, query: Query): HttpRequest {
    const { sToken } = this.#credential;
    return {
      method,
      url: this.#url(path, query),
      headers: { authorization: `Bearer ${sToken}` },
      secrets: [sToken],
    };
  }

  #url(path: string, query: Query): URL {
    const url = new URL(`mdm/v2/${path}`, this.#wiring.baseUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }
}

function eventIdIn(fields: Fields): string | undefined {
  return typeof fields['eventId'] === 'string' ? fields['eventId'] : undefined;
}

async function explainingShape<T>(call: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ShapeError) throw new InvalidAnswerError(call, error.path, error.expected);
    throw error;
  }
}
