import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Gives every answer the request's id, and the caller's own id back, and logs every request once it is answered. */
export function registerRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id);
    reply.header('client-request-id', clientRequestId(request));
  });
  app.addHook('onResponse', async (request, reply) => {
    // The route and not the address: an address can hold a code.
    request.log[reply.statusCode >= 500 ? 'warn' : 'debug'](
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });
}

/** The id the caller gave the request; ours when it gave none that is safe to repeat. */
export function clientRequestId(request: FastifyRequest): string {
  const given = request.headers['client-request-id'];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : request.id;
}
