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

  constructor() {
    this.agent.disableNetConnect();
    this.pool = this.agent.get(origin);
    this.client = createClient(this.clock, this.agent);
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
        sent.push(JSON.parse(String(request.body)));
        return body;
      },
      { headers },
    );
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.close();
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
