import { afterAll, afterEach, beforeAll } from 'vitest';

import { type AppleSimulator, startAppleSimulator } from '../../src/index.ts';
import type { SimulatorOptions } from '../../src/index.ts';
import { defaultSettings } from '../../src/licenses/settings.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** A start well away from any change of year. */
export const START = new Date('2027-03-01T10:00:00Z');

/** Apple's limits, but for the rate of requests. */
const TEST_LIMITS = { ...defaultSettings().limits, maxRequestPerSecond: 100_000 };

/** A running simulator with its controls at hand. Requests are not throttled unless a test asks for it. */
export class Box implements AsyncDisposable {
  readonly simulator: AppleSimulator;

  private constructor(simulator: AppleSimulator) {
    this.simulator = simulator;
  }

  static async start(options: SimulatorOptions = {}): Promise<Box> {
    const box = new Box(await startAppleSimulator({ start: START, ...options }));
    await box.control('settings', { limits: TEST_LIMITS });
    return box;
  }

  /** Calls a control; with a body as POST. @throws Error unless it works */
  async control(path: string, body?: object): Promise<Json> {
    const answer = await this.tryControl(path, body);
    return succeeded(answer).body;
  }

  tryControl(path: string, body?: object): Promise<Answer> {
    return send(`${this.simulator.url}/_control/${path}`, {}, body);
  }

  /** Moves the clock and runs what falls due. */
  async advance(seconds: number): Promise<void> {
    await this.control('clock', { advanceSeconds: seconds });
  }

  fault(kind: string, settings: object = {}, more: object = {}): Promise<Json> {
    return this.control('faults', { kind, settings, ...more });
  }

  /** A new organization's location with these purchases, and a token for it. */
  async location(
    purchases: readonly object[] = [],
    organization: object = { name: 'Example School', kind: 'school' },
  ): Promise<Client> {
    const added = await this.control('organizations', organization);
    const [first] = added['locations'] as { uId: string }[];
    const uId = first?.uId ?? '';
    if (purchases.length > 0) await this.control('purchases', { uId, purchases });
    return new Client(this, uId, await this.token({ uId }), String(added['organizationId']));
  }

  async token(request: object): Promise<string> {
    const response = await fetch(`${this.simulator.url}/_control/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.text();
  }

  async journal(kind?: string): Promise<Json[]> {
    const query = kind === undefined ? '' : `?kind=${kind}`;
    const response = await fetch(`${this.simulator.url}/_control/journal${query}`);
    const text = await response.text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Json);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
  }
}

/** One simulator for all tests of a file: every test makes its own locations; faults and settings are reset. */
export function useBox(options: SimulatorOptions = {}): () => Box {
  let box: Box | undefined;
  const current = (): Box => {
    if (box === undefined) throw new Error('The simulator has not started.');
    return box;
  };
  beforeAll(async () => {
    box = await Box.start(options);
  });
  afterEach(async () => {
    await fetch(`${current().simulator.url}/_control/faults`, { method: 'DELETE' });
    await current().control('settings', { ...defaultSettings(), limits: TEST_LIMITS });
  });
  afterAll(() => current()[Symbol.asyncDispose]());
  return current;
}

/** A server that works with one location through its token. */
export class Client {
  readonly box: Box;
  readonly uId: string;
  readonly organizationId: string;
  token: string;

  constructor(box: Box, uId: string, token: string, organizationId: string) {
    this.box = box;
    this.uId = uId;
    this.token = token;
    this.organizationId = organizationId;
  }

  get(path: string, query: Record<string, string> = {}): Promise<Answer> {
    return this.#send(`${path}?${new URLSearchParams(query).toString()}`);
  }

  post(path: string, body: object): Promise<Answer> {
    return this.#send(path, body);
  }

  /** Posts, lets the event run to its end and answers its status. */
  async run(path: string, body: object): Promise<Json> {
    const accepted = succeeded(await this.post(path, body));
    await this.box.advance(15);
    return this.status(String(accepted.body['eventId']));
  }

  async status(eventId: string): Promise<Json> {
    return (await this.get('/status', { eventId })).body;
  }

  /** What the controls counted for the location. */
  async counters(): Promise<Json & { assets: Json[] }> {
    const { locations } = await this.box.control('counters');
    return (locations as Record<string, Json & { assets: Json[] }>)[this.uId] ?? { assets: [] };
  }

  /** The counts of an asset. */
  async asset(adamId: string, pricingParam = 'STDQ'): Promise<Json | undefined> {
    const { body } = await this.get('/assets', { adamId, pricingParam });
    return (body['assets'] as Json[])[0];
  }

  /** All records of a list, page after page. */
  async all(
    path: 'assets' | 'assignments' | 'users',
    query: Record<string, string> = {},
  ): Promise<Json[]> {
    const records: Json[] = [];
    for (let pageIndex: number | undefined = 0; pageIndex !== undefined;) {
      const { body }: Answer = await this.get(`/${path}`, {
        ...query,
        pageIndex: String(pageIndex),
      });
      records.push(...(body[path] as Json[]));
      pageIndex = body['nextPageIndex'] as number | undefined;
    }
    return records;
  }

  #send(path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.token}` };
    return send(`${this.box.simulator.url}/mdm/v2${path}`, headers, body);
  }
}

function succeeded(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

async function send(url: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  const response = await fetch(url, {
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Json) : { text },
  };
}
