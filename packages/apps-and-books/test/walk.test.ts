import * as fc from 'fast-check';
import { fetch } from 'undici';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../src/index.ts';
import { type Fields } from '../src/answers/read.ts';
import { type Page, walk } from '../src/walk.ts';
import { createClient, MockApple, never, rejection, sToken, uId } from './support/apple.ts';

const gone = new RefusedError({
  call: 'GET /mdm/v2/assignments',
  httpStatus: 400,
  number: 9650,
  text: '',
  retryAfterMs: undefined,
});

/** A list whose pages hold their own index; `version` and `total` may change with each fetch. */
function list(version: (fetched: number) => string, total: (fetched: number) => number) {
  let fetched = 0;
  let inFlight = 0;
  const state = { mostInFlight: 0, handedOver: 0, mostAhead: 0 };
  const fetchPage = async (pageIndex: number | undefined, signal: AbortSignal): Promise<Fields> => {
    signal.throwIfAborted();
    const number = fetched++;
    inFlight += 1;
    state.mostInFlight = Math.max(state.mostInFlight, inFlight);
    state.mostAhead = Math.max(state.mostAhead, number - state.handedOver);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight -= 1;
    if ((pageIndex ?? 0) >= total(number)) throw gone;
    return { versionId: version(number), totalPages: total(number), rows: [pageIndex ?? 0] };
  };
  return { state, fetchPage };
}

async function collect(source: ReturnType<typeof list>, pause = 0) {
  const pages: Page<number>[] = [];
  const result = await walk<number>({
    fetchPage: source.fetchPage,
    readRows: (fields) => fields['rows'] as number[],
    onPage: async (page) => {
      for (let turn = 0; turn < pause; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      source.state.handedOver += 1;
      pages.push(page);
    },
    signal: never,
  });
  const last = pages.filter(({ attempt }) => attempt === result.restarts);
  return { result, seen: last.flatMap(({ rows }) => rows).toSorted((a, b) => a - b) };
}

const nothing = async (): Promise<void> => undefined;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('walk', () => {
  it('reads every page once, a few at a time, whatever their number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 3 }),
        async (pages, pause) => {
          const source = list(
            () => 'v1',
            () => pages,
          );
          const { result, seen } = await collect(source, pause);
          expect(result).toEqual({ versionId: 'v1', clean: true, pages, rows: pages, restarts: 0 });
          expect(seen).toEqual(upTo(pages));
          expect(source.state.mostInFlight).toBeLessThanOrEqual(10);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps ahead of a slow reader, but does not run away', async () => {
    const source = list(
      () => 'v1',
      () => 100,
    );
    await collect(source, 20);
    expect(source.state.mostAhead).toBeGreaterThanOrEqual(10);
    expect(source.state.mostAhead).toBeLessThanOrEqual(12);
  });

  it('starts over when the version changes in flight, and ends clean', async () => {
    const source = list(
      (fetched) => (fetched < 4 ? 'v1' : 'v2'),
      () => 8,
    );
    const { result, seen } = await collect(source);
    expect(result).toMatchObject({ versionId: 'v2', clean: true, restarts: 1 });
    expect(seen).toEqual(upTo(8));
  });

  it('starts over twice at most, then reads to the end and says that it is not clean', async () => {
    const source = list(
      (fetched) => `v${fetched}`,
      () => 8,
    );
    const { result, seen } = await collect(source);
    expect(result).toMatchObject({ clean: false, restarts: 2, pages: 8 });
    expect(seen).toEqual(upTo(8));
  });

  it('starts over when the list became shorter', async () => {
    const source = list(
      () => 'v1',
      (fetched) => (fetched === 0 ? 8 : 3),
    );
    const { result, seen } = await collect(source);
    expect(result).toMatchObject({ clean: true, pages: 3 });
    expect(seen).toEqual(upTo(3));
  });

  it('is not clean without a version', async () => {
    const result = await walk({
      fetchPage: async () => ({ totalPages: 1 }),
      readRows: () => [],
      onPage: async () => undefined,
      signal: never,
    });
    expect(result).toEqual({ versionId: undefined, clean: false, pages: 1, rows: 0, restarts: 0 });
  });

  it.each([0, 3])('ends with the failure of its reader at page %i', async (failing) => {
    const source = list(
      () => 'v1',
      () => 30,
    );
    const failure = await rejection(
      walk({
        fetchPage: source.fetchPage,
        readRows: () => [],
        onPage: async ({ pageIndex }) => {
          if (pageIndex === failing) throw new Error('the disk is full');
        },
        signal: never,
      }),
    );
    expect(failure).toMatchObject({ message: 'the disk is full' });
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const source = list(
      () => 'v1',
      () => 30,
    );
    const failure = await rejection(
      walk({
        fetchPage: source.fetchPage,
        readRows: () => [],
        onPage: async () => stop.abort(new Error('shutting down')),
        signal: stop.signal,
      }),
    );
    expect(failure).toMatchObject({ message: 'shutting down' });
  });

  it('keeps the five pages at a time over all walks of a token', async () => {
    await using apple = new MockApple();
    let inFlight = 0;
    let most = 0;
    const client = createClient(apple.clock, apple.agent, {
      fetch: async (...request) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        const answer = await fetch(...request);
        inFlight -= 1;
        return answer;
      },
    });
    apple.pool
      .intercept({ path: /^\/mdm\/v2\/(assignments|users)/, method: 'GET' })
      .reply(200, { uId, versionId: 'v1', totalPages: 20 })
      .delay(20)
      .persist();
    const location = client.location({ sToken, uId });
    await Promise.all([
      location.assignments({}, nothing, never),
      location.users({}, nothing, never),
    ]);
    expect(most).toBe(5);
  });
});
