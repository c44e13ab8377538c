import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Config } from '../config/config.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Scheme and host under which the caller reached this server: what links in answers begin with. */
    ownOrigin: string;
  }
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Asked by probes under whatever address the machine has; they say nothing that is not public. */
const openPaths = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Refuses requests for a host that is not ours: a page of another name that resolves to this machine must not reach
 * it (DNS rebinding). Ours are the public address, the bound address, and the loopback names with the bound port.
 */
export function hostCheck(app: FastifyInstance, config: Config): onRequestAsyncHookHandler {
  return async (request, reply) => {
    request.ownOrigin = originOf(config, request);
    if (openPaths.has(request.url) || isOwnHost(app, config, request.host)) return undefined;
    return reply
      .code(421)
      .type('text/plain')
      .send(
        'This server is not known under that name. Set ALLOTMENT_PUBLIC_URL to the address people use.\n',
      );
  };
}

/** Whether an address's origin is this server's: where its own pages come from. */
export function isOwnOrigin(app: FastifyInstance, config: Config, origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const protocols = [config.publicUrl.protocol, config.tls === undefined ? 'http:' : 'https:'];
  return protocols.includes(url.protocol) && isOwnHost(app, config, url.host);
}

/** Whether the request was made by a page of this server, as far as the browser says; undefined when it says nothing. */
export function comesFromOwnPage(
  app: FastifyInstance,
  config: Config,
  request: FastifyRequest,
): boolean | undefined {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = request.headers;
  return origin === undefined ? undefined : isOwnOrigin(app, config, origin);
}

/** Behind a proxy that ends TLS the request itself came over http; the public address knows better. */
function originOf(config: Config, request: FastifyRequest): string {
  const { host, origin } = config.publicUrl;
  return request.host.toLowerCase() === host ? origin : `${request.protocol}://${request.host}`;
}

function isOwnHost(app: FastifyInstance, config: Config, host: string): boolean {
  const wanted = host.toLowerCase();
  if (wanted === config.publicUrl.host) return true;
  const bound = app.server.address();
  const port = isAddress(bound) ? bound.port : config.port;
  return [config.host.toLowerCase(), ...loopbackNames].some(
    (name) => wanted === `${name}:${port}` || (wanted === name && (port === 80 || port === 443)),
  );
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return address !== null && typeof address === 'object';
}
