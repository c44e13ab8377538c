import { createServer, type RequestListener, type Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Agent, fetch } from 'undici';
import {
  type AppsAndBooksOptions,
  type LocationClient,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from '../src/index.ts';
import {
  createClient,
  fixture,
  ManualClock,
  never,
  ours,
  rejection,
  sToken,
  uId,
} from './support/apple.ts';

const change = {
  assets: [{ adamId: '408709785', pricingParam: 'STDQ' }],
  serialNumbers: ['C02SIM0001'],
};

/** A server whose service configuration works and whose associate does as told. */
class Wire implements AsyncDisposable {
  posts = 0;
  readonly clock = new ManualClock();
  readonly #server: Server;
  readonly #dispatcher = new Agent({ pipelining: 0 });

  constructor(onPost: RequestListener) {
    this.#server = createServer((request, response) => {
      if (request.method === 'GET') {
        response.end(JSON.stringify(fixture('service-config')));
        return;
      }
      this.posts += 1;
      request.resume();
      request.on('end', () => onPost(request, response));
    });
  }

  async location(options: Partial<AppsAndBooksOptions> = {}): Promise<LocationClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = `http://127.0.0.1:${address.port}`;
    return createClient(this.clock, this.#dispatcher, { url, ...options }).location({
      sToken,
      uId,
      mdmId: ours,
    });
  }

  /** From now on nobody listens. */
  async hangUp(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
    await this.hangUp();
  }
}

describe('a write', () => {
  it.each<[string, RequestListener]>([
    ['the line breaks', (request) => request.socket.destroy()],
    [
      'the line breaks amid the answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"eventId"');
        setImmediate(() => request.socket.destroy());
      },
    ],
    ['the answer is HTTP 500 without a number', (_, response) => response.writeHead(500).end()],
    [
      'the answer is an HTML 502',
      (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['the answer is HTML on HTTP 200', (_, response) => response.end('<html>')],
    ['the answer is empty', (_, response) => response.end()],
    ['the answer has no event', (_, response) => response.end(JSON.stringify({ uId }))],
    [
      'the answer is a redirection',
      (_, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
    ],
    ['the proxy gave up waiting', (_, response) => response.writeHead(408).end()],
  ])('has an unknown outcome when %s, and is not sent again', async (_, onPost) => {
    await using wire = new Wire(onPost);
    const location = await wire.location();
    const error = await rejection(location.associate(change, never));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ code: 'outcomeUnknown', retryable: false, who: 'us' });
    expect(wire.posts).toBe(1);
  });

  it('has an unknown outcome when nothing comes back in time', async () => {
    await using wire = new Wire(() => undefined);
    const location = await wire.location({ requestTimeoutMs: 300 });
    const error = await rejection(location.associate(change, never));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(String(error)).toContain('no answer within 300 ms');
  });

  it('has an unknown outcome when it is aborted in flight', async () => {
    const stop = new AbortController();
    await using wire = new Wire(() => stop.abort(new Error('shutting down')));
    const location = await wire.location();
    expect(await rejection(location.associate(change, stop.signal))).toBeInstanceOf(
      UnknownOutcomeError,
    );
    expect(await rejection(location.associate(change, stop.signal))).toMatchObject({
      message: 'shutting down',
    });
    expect(wire.posts).toBe(1);
  });

  it('was not started when there is no connection', async () => {
    await using wire = new Wire(() => undefined);
    const location = await wire.location();
    expect(await location.eventStatus('none', never).catch(() => 'asked')).toBe('asked');
    await wire.hangUp();
    const error = await rejection(location.associate(change, never));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'unreachable', retryable: true, who: 'administrator' });
  });

  it('was not started when Apple gives a number, 500 included', async () => {
    await using wire = new Wire((_, response) =>
      response
        .writeHead(500)
        .end(JSON.stringify({ errorNumber: 9603, errorMessage: 'Internal error.' })),
    );
    const location = await wire.location();
    const error = await rejection(location.associate(change, never));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'internalError', retryable: true });
    expect(wire.posts).toBe(1);
  });

  it('waits out a Retry-After: nothing more is sent before', async () => {
    await using wire = new Wire((_, response) =>
      response
        .writeHead(503, { 'retry-after': '120' })
        .end(JSON.stringify({ errorNumber: 9729, errorMessage: 'Try later.' })),
    );
    const location = await wire.location();
    expect(await rejection(location.associate(change, never))).toMatchObject({
      number: 9729,
      retryAfterMs: 120_000,
    });
    wire.clock.time += 119_000;
    const early = await rejection(location.associate(change, never));
    expect(early).toBeInstanceOf(UnavailableError);
    expect(early).toMatchObject({ code: 'blocked', retryable: true });
    expect(wire.posts).toBe(1);
    wire.clock.time += 2_000;
    expect(await rejection(location.associate(change, never))).toMatchObject({ number: 9729 });
    expect(wire.posts).toBe(2);
  });

  it('is not sent after the moment it was to be sent by, such as by a process that stood still', async () => {
    await using wire = new Wire((_, response) => response.end(JSON.stringify(fixture('accepted'))));
    const location = await wire.location();
    const sendBy = new Date(wire.clock.now().getTime() + 60_000);
    wire.clock.time += 60_001;
    const late = await rejection(location.associate(change, never, sendBy));
    expect(late).toBeInstanceOf(UnavailableError);
    expect(late).toMatchObject({ code: 'tooLate', retryable: true });
    expect(wire.posts).toBe(0);
    wire.clock.time -= 1;
    expect(await location.associate(change, never, sendBy)).toMatchObject({ uId });
    expect(wire.posts).toBe(1);
  });

  it('is not sent after that moment either when its process stood still while the line was made', async () => {
    await using wire = new Wire((_, response) => response.end(JSON.stringify(fixture('accepted'))));
    const sendBy = new Date(wire.clock.now().getTime() + 60_000);
    const location = await wire.location({
      fetch: async (url, init) => {
        if (init?.method === 'POST') wire.clock.time += 60_001;
        return fetch(url, init);
      },
    });
    const late = await rejection(location.associate(change, never, sendBy));
    expect(late).toMatchObject({ code: 'tooLate', retryable: true });
    expect(wire.posts).toBe(0);
  });

  it('shows no secret in its errors, causes included', async () => {
    await using wire = new Wire((request, response) => {
      response.writeHead(400).end(
        JSON.stringify({
          errorNumber: 9728,
          errorMessage: `${request.headers.authorization} the-notification-secret`,
        }),
      );
    });
    const location = await wire.location();
    const config = {
      notificationUrl: 'https://x.test/',
      notificationAuthToken: 'the-notification-secret',
    };
    const error = await rejection(location.updateClientConfig(config, never));
    expect(error).toMatchObject({ code: 'notificationUrlUnreachable' });
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
    expect(shown).not.toContain(sToken);
    expect(shown).not.toContain('the-notification-secret');
  });
});
