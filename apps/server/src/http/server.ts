import { randomUUID } from 'node:crypto';
import { createServer, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fastifyHelmet } from '@fastify/helmet';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
  LogController,
} from 'fastify';
import type { Context } from '../context.ts';
import { registerApi } from './api/index.ts';
import { registerApple } from './apple/index.ts';
import { registerConsole } from './console.ts';
import { registerDevices } from './devices/index.ts';
import { answerError, answerNotFound } from './error-handler.ts';
import { registerGraph } from './graph/index.ts';
import { rewriteGraphUrl } from './graph/address.ts';
import { registerHealth } from './health.ts';
import { hostCheck } from './host-check.ts';
import { listen, readTlsFiles } from './listen.ts';
import { registerMetrics } from './metrics.ts';
import { registerRequestIds } from './request-ids.ts';

export interface RunningHttp {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

const limits: ServerOptions = {
  headersTimeout: 20_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 32 * 1024,
};

/** Builds all faces and listens at the configured address. */
export async function startHttp(context: Context): Promise<RunningHttp> {
  const app = await buildHttp(context);
  await listen(app, context.config);
  const address = app.server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The HTTP server listens on no port.');
  }
  return { url: urlOf(context, address), close: async () => app.close() };
}

/** All faces of the program, not yet listening. */
export async function buildHttp(context: Context): Promise<FastifyInstance> {
  const log: FastifyBaseLogger = context.log;
  const trusted = [...context.config.trustedProxies];
  const app = fastify({
    serverFactory: await serverFactory(context),
    loggerInstance: log,
    // Requests are logged once they are answered, without their addresses: those can hold secrets.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trusted.length === 0 ? false : trusted,
    genReqId: () => randomUUID(),
    rewriteUrl: (request) => rewriteGraphUrl(request.url ?? '/'),
    forceCloseConnections: true,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 512 },
    frameworkErrors: answerError(context),
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler(answerError(context));
  app.setNotFoundHandler(answerNotFound(context));
  app.decorateRequest('principal', undefined);
  app.decorateRequest('ownOrigin', '');
  registerRequestIds(app);
  app.addHook('onRequest', hostCheck(app, context.config));
  await app.register(fastifyHelmet, {
    // The console's pages carry a policy with a nonce; nothing else is a page.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: context.config.publicUrl.protocol === 'https:' && {
      includeSubDomains: false,
    },
    xFrameOptions: { action: 'deny' },
  });
  registerMetrics(app, context);
  registerHealth(app, context);
  await registerGraph(app, context);
  await registerApi(app, context);
  await registerDevices(app, context);
  await registerApple(app, context);
  await registerConsole(app);
  return app;
}

async function serverFactory(context: Context): Promise<FastifyServerFactory> {
  const { tls } = context.config;
  if (tls === undefined) return (handler) => createServer(limits, handler);
  const files = await readTlsFiles(tls);
  return (handler) => createTlsServer({ ...limits, ...files }, handler);
}

function urlOf(context: Context, address: AddressInfo): string {
  const scheme = context.config.tls === undefined ? 'http' : 'https';
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${scheme}://${host}:${address.port}`;
}
