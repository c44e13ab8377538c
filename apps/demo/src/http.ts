import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher, fetch } from 'undici';

/** An answer that says no, with the program's own words. */
export class HttpRefusal extends Error {
  readonly status: number;

  constructor(request: string, status: number, body: string) {
    super(`${request} answered ${status}: ${body.slice(0, 500)}`);
    this.status = status;
  }
}

const retryMs = 250;
/** A minute: as long as a killed server may take to come back on a busy machine. */
const mostAttempts = 240;

/** JSON over HTTP with a cookie, as a browser would; tries again while nobody answers, because servers get killed here. */
export class JsonClient {
  readonly #base: string;
  readonly #dispatcher: Dispatcher;
  readonly #bearer: string | undefined;
  #cookie: string | undefined;

  /**
   * @param ca PEM of the authority to trust; undefined: the system's
   * @param bearer an API token, in place of a cookie
   */
  constructor(base: string, ca: string | undefined, bearer?: string) {
    this.#bearer = bearer;
    this.#base = base;
    this.#dispatcher = new Agent({
      connect: ca === undefined ? {} : { ca },
      connections: 16,
      headersTimeout: 60_000,
    });
  }

  async get<T>(path: string): Promise<T> {
    return this.#json<T>('GET', path);
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    return this.#json<T>('POST', path, body);
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return this.#json<T>('PUT', path, body);
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.#json<T>('PATCH', path, body);
  }

  async delete<T>(path: string): Promise<T> {
    return this.#json<T>('DELETE', path);
  }

  /** POST of text, such as a CSV file. */
  async postText<T>(path: string, type: string, text: string): Promise<T> {
    return parse(await this.#send('POST', path, text, type)) as T;
  }

  async text(path: string, body: unknown): Promise<string> {
    return this.#send('POST', path, JSON.stringify(body), 'application/json');
  }

  /** The answer as it came. */
  async rawText(path: string): Promise<string> {
    return this.#send('GET', path, undefined, undefined);
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = text === undefined ? undefined : 'application/json';
    return parse(await this.#send(method, path, text, type)) as T;
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    type: string | undefined,
  ): Promise<string> {
    const headers: Record<string, string> = { origin: this.#base };
    if (type !== undefined) headers['content-type'] = type;
    if (this.#bearer !== undefined) headers['authorization'] = `Bearer ${this.#bearer}`;
    else if (this.#cookie !== undefined) headers['cookie'] = this.#cookie;
    const init = {
      method,
      headers,
      dispatcher: this.#dispatcher,
      ...(body === undefined ? {} : { body }),
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await fetch(`${this.#base}${path}`, init);
        const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
        if (cookie !== undefined) this.#cookie = cookie;
        const text = await response.text();
        if (response.ok) return text;
        if (response.status !== 503 || attempt >= mostAttempts)
          throw new HttpRefusal(`${method} ${path}`, response.status, text);
      } catch (error) {
        if (error instanceof HttpRefusal || attempt >= mostAttempts) throw error;
      }
      await pause(retryMs);
    }
  }
}

/** Callers name the shape by the program's documentation; a wrong one shows in the checks. */
function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * Waits until a condition holds, looking every `pauseMs`.
 *
 * @throws Error with the name of what was waited for
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined>,
  pauseMs = retryMs,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end)
      throw new Error(`Gave up after ${Math.round(timeoutMs / 1000)} s waiting for: ${what}.`);
    await pause(pauseMs);
  }
}
