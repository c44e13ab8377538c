import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from '../context.ts';

/** GET /metrics in Prometheus's format: the process, the requests, and the database connections. */
export function registerMetrics(app: FastifyInstance, context: Context): void {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const duration = new Histogram({
    name: 'allotment_http_request_duration_seconds',
    help: 'Time from a request to its answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [register],
  });
  const connections = new Gauge({
    name: 'allotment_database_connections',
    help: 'Connections to PostgreSQL, and callers waiting for one',
    labelNames: ['state'],
    registers: [register],
    collect: () => {
      connections.set({ state: 'open' }, context.pool.totalCount);
      connections.set({ state: 'idle' }, context.pool.idleCount);
      connections.set({ state: 'waiting' }, context.pool.waitingCount);
    },
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  );
}
