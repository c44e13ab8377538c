import { inject } from 'vitest';

/** An answer as it came, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: ReturnType<typeof JSON.parse>;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Sent {
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  /** A header given as '' is not sent. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls the server under test with its API token. */
export async function call(method: Method, path: string, sent: Sent = {}): Promise<Answer> {
  const headers = new Headers({ authorization: `Bearer ${inject('apiToken')}` });
  const { body } = sent;
  if (body !== undefined && typeof body !== 'string')
    headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    if (value === '') headers.delete(name);
    else headers.set(name, value);
  }
  const response = await fetch(path.startsWith('http') ? path : `${inject('url')}${path}`, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** A name that no other run uses. */
export function unique(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 8)}`;
}
