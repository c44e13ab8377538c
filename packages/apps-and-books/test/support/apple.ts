import { readFileSync } from 'node:fs';
import { type Dispatcher, fetch, type Interceptable, MockAgent } from 'undici';
import { AppsAndBooks, type AppsAndBooksOptions, type LocationClient } from '../../src/index.ts';

export const origin = 'https://vpp.test';
export const catalogOrigin = 'https://catalog.test';
export const sToken = 'the-content-token-secret';
export const uId = '2049000000000001';
export const ours = 'our-installation';
export const never: AbortSignal = new AbortController().signal;

/** One endpoint's sample answer. */
export function fixture(name: string): Record<string, unknown> {
  const value: unknown = JSON.parse(
    readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'),
  );
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is no object`);
  return { ...value };
}

/** A clock that moves only when somebody sleeps. */
export class ManualClock {
  time = Date.parse('2026-11-23T08:00:00Z');
  readonly sleeps: number[] = [];

  now(): Date {
    return new Date(this.time);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.time += ms;
  }
}

export function createClient(
  clock: ManualClock,
  dispatcher: Dispatcher | undefined,
  options: Partial<AppsAndBooksOptions> = {},
): AppsAndBooks {
  return new AppsAndBooks({
    url: origin,
    catalogUrl: catalogOrigin,
    fetch,
    ...(dispatcher === undefined ? {} : { dispatcher }),
    clock,
    random: () => 0.5,
    userAgent: 'Allotment/test',
    ...options,
  });
}

/** Apple's answers at the wire; everything else of the network is switched off. */
export class MockApple implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly agent = new MockAgent();
  readonly pool: Interceptable;
  readonly client: AppsAndBooks;
  readonly location: LocationClient;
  #away = false;

  constructor() {
    this.agent.disableNetConnect();
    this.pool = this.agent.get(origin);
    this.client = createClient(this.clock, this.agent, {
      fetch: async (...request) => {
        if (this.#away) throw new TypeError('fetch failed');
        return fetch(...request);
      },
    });
    this.location = this.client.location({ sToken, uId, mdmId: ours });
    this.pool
      .intercept({ path: '/mdm/v2/service/config', method: 'GET' })
      .reply(200, fixture('service-config'))
      .persist();
  }

  /** The next answer to a GET of `path` (with its query). */
  get(
    path: string,
    status: number,
    body: object | string,
    headers: Record<string, string> = {},
  ): void {
    this.pool
      .intercept({ path: `/mdm/v2/${path}`, method: 'GET' })
      .reply(status, body, { headers });
  }

  /** The next answer to a POST of `path`; the sent bodies are collected. */
  post(
    path: string,
    status: number,
    body: object | string,
    headers: Record<string, string> = {},
  ): unknown[] {
    const sent: unknown[] = [];
    this.pool.intercept({ path: `/mdm/v2/${path}`, method: 'POST' }).reply(
      status,
      (request) => {
        if (typeof request.body !== 'string') throw new Error('a text body was expected');
        sent.push(JSON.parse(request.body));
        return body;
      },
      { headers },
    );
    return sent;
  }

  /** From now on nothing answers. */
  goAway(): void {
    this.#away = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.close();
  }
}

/** What an act returns or throws. */
export function outcomeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It was expected to fail.');
}
