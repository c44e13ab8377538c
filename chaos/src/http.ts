import { Agent, fetch } from 'undici';

/** An answer other than 2xx. */
export class Refused extends Error {
  readonly status: number;

  constructor(request: string, status: number, text: string) {
    super(`${request} answered ${status}: ${text.slice(0, 500)}`);
    this.status = status;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const patienceMs = 30_000;

/** JSON over https, asked once: what is not answered is the caller's business. */
export class Http implements AsyncDisposable {
  readonly #base: string;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param ca PEM of the authority to trust */
  constructor(base: string, ca: string, bearer?: string) {
    this.#base = base;
    this.#agent = new Agent({ connect: { ca }, headersTimeout: patienceMs });
    this.#headers = {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
  }

  /** @throws Refused; TypeError when nobody answers */
  async text(method: Method, path: string, body?: unknown): Promise<string> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: method === 'GET' || body === undefined ? without(this.#headers) : this.#headers,
      dispatcher: this.#agent,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(`${method} ${path}`, response.status, text);
    return text;
  }

  /** The caller names the shape by the documentation. */
  async json<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const text = await this.text(method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

function without({ 'content-type': _type, ...rest }: Readonly<Record<string, string>>) {
  return rest;
}
