import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Context } from '../../../src/context.ts';
import { buildHttp } from '../../../src/http/server.ts';
import { createApiToken, type Role } from '../../../src/identity/index.ts';
import { openTestContext } from '../../support/context.ts';

/** An answer, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // Tests look into answers of every shape with matchers that check it.
  readonly json: ReturnType<typeof JSON.parse>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'HEAD';

/** The HTTP faces on a database of their own, without a socket. */
export interface TestHttp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly context: Context;
  readonly clock: { advance(ms: number): void };
  /** As an administrator's API token unless the headers say otherwise. */
  call(
    method: Method,
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  token(role: Role): Promise<string>;
}

export const host = '127.0.0.1:8080';

export async function openTestHttp(): Promise<TestHttp> {
  const test = await openTestContext();
  const app = await buildHttp(test.context);
  const token = async (role: Role): Promise<string> =>
    (await createApiToken(test.context, { name: role, role }, { kind: 'cli', name: 'test' })).token;
  const bearer = `Bearer ${await token('administrator')}`;
  return {
    app,
    context: test.context,
    clock: test.clock,
    token,
    call: async (method, url, body, headers = {}) => {
      const options: InjectOptions = {
        method,
        url,
        headers: withoutEmpty({ host, authorization: bearer, ...headers }),
      };
      if (body !== undefined) {
        options.payload = typeof body === 'string' ? body : JSON.stringify(body);
        options.headers = { 'content-type': 'application/json', ...options.headers };
      }
      const answer = await app.inject(options);
      const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.body,
        json: isJson ? JSON.parse(answer.body) : undefined,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

/** A header given as '' is not sent. */
function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}
