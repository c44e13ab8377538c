import { createSecureContext, rootCertificates } from 'node:tls';

import { Agent, request, type Dispatcher } from 'undici';

import type { Watch } from '../core/world.ts';
import type { Identity } from './messages/mdm-signature.ts';

/** A server's answer to a device. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Where a device sends its messages; to be closed when it has said all. */
export interface Connection {
  put(url: string, headers: Record<string, string>, body: Buffer): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** Idle connections are dropped after this real time, so that a fleet at rest holds none. */
const KEEP_ALIVE_MS = 2_000;
/** All devices together share this many connections to one server. */
const CONNECTIONS = 50;
const MOST_REDIRECTS = 5;

/** The devices' way to the management server: https with the public authorities and the simulator's own. */
export class Network {
  readonly #watch: Watch | undefined;
  readonly #trust: string[];
  readonly #shared: Agent;
  readonly #closing = new AbortController();

  /**
   * @param trust PEM of a further authority to trust
   * @param watch told of every message that was answered
   */
  constructor(trust: string | undefined, watch: Watch | undefined) {
    this.#watch = watch;
    this.#trust = trust === undefined ? [...rootCertificates] : [...rootCertificates, trust];
    this.#shared = this.#agent(CONNECTIONS);
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** @throws when the server cannot be reached, is not trusted, or takes too long */
  get(url: string): Promise<Answer> {
    return this.#exchange(this.#shared, url, { method: 'GET' });
  }

  /** @throws as `get` */
  post(url: string, contentType: string, body: Buffer): Promise<Answer> {
    const headers = { 'content-type': contentType };
    return this.#exchange(this.#shared, url, { method: 'POST', headers, body });
  }

  /** @param identity presented as TLS client certificate, on a connection of its own; none: a shared one */
  open(identity?: Identity): Connection {
    const agent = identity === undefined ? this.#shared : this.#agent(1, identity);
    return {
      put: async (url, headers, body) => {
        const answer = await this.#exchange(agent, url, { method: 'PUT', headers, body });
        this.#watch?.({ url, sent: body, status: answer.status, received: answer.body });
        return answer;
      },
      close: () => (identity === undefined ? Promise.resolve() : agent.close()),
    };
  }

  /** Breaks off whatever is under way. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The simulator is closing.'));
    await this.#shared.destroy();
  }

  #agent(connections: number, identity?: Identity): Agent {
    return new Agent({
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      connect: {
        // Made once for all connections: reading some 150 authorities takes longer than a handshake.
        secureContext: createSecureContext({
          ca: this.#trust,
          ...(identity && {
            key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
            cert: pemOf(identity.certificate),
          }),
        }),
      },
    });
  }

  async #exchange(
    dispatcher: Dispatcher,
    url: string,
    options: { method: 'GET' | 'POST' | 'PUT'; headers?: Record<string, string>; body?: Buffer },
  ): Promise<Answer> {
    let target = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await request(target, {
        ...options,
        dispatcher,
        signal: this.#closing.signal,
        headers: { 'user-agent': 'MDM/1.0', ...options.headers },
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      const location = single(answer.headers['location']);
      if (answer.statusCode < 300 || answer.statusCode > 399 || location === undefined) {
        const contentType = single(answer.headers['content-type']) ?? '';
        return { status: answer.statusCode, contentType, body };
      }
      target = new URL(location, target).href;
      if (!target.startsWith('https://'))
        throw new Error(`${url} redirects to ${target}; devices follow only to https.`);
    }
    throw new Error(`${url} redirects more than ${MOST_REDIRECTS} times.`);
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
