import { setTimeout as pause } from 'node:timers/promises';

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { ServiceError } from '../errors.ts';
import type { LicenseService } from '../service.ts';
import { associateAssets, disassociateAssets } from './change-assets.ts';
import { createUsers, retireUsers, updateUsers } from './change-users.ts';
import { getClientConfig, setClientConfig } from './client-config.ts';
import { eventStatus } from './event-status.ts';
import { admit } from './gate.ts';
import { getAssets } from './get-assets.ts';
import { getAssignments } from './get-assignments.ts';
import { getUsers } from './get-users.ts';
import type { Call, Operation } from './operation.ts';
import { revokeAssets } from './revoke-assets.ts';
import { locationOf, serve } from './serve.ts';
import { serviceConfig } from './service-config.ts';
import { SUBSCRIPTION_OPERATIONS } from './subscriptions.ts';

const OPERATIONS: readonly Operation[] = [
  getClientConfig,
  setClientConfig,
  getAssets,
  associateAssets,
  disassociateAssets,
  revokeAssets,
  getAssignments,
  getUsers,
  createUsers,
  updateUsers,
  retireUsers,
  eventStatus,
  ...SUBSCRIPTION_OPERATIONS,
];

const TOKEN_ERRORS = [9601, 9621, 9622, 9625, 9637, 9647, 9722];

/** Apple's license service below `/mdm/v2`. */
export function registerLicenseService(app: FastifyInstance, service: LicenseService): void {
  app.register(
    (scope, _options, done) => {
      scope.setErrorHandler((error: FastifyError | ServiceError, request, reply) =>
        answerError(service, error, request, reply),
      );
      scope.setNotFoundHandler((request) => {
        const path = new URL(request.url, 'http://localhost').pathname.slice('/mdm/v2'.length);
        const known = path === '/service/config' || OPERATIONS.some((each) => each.path === path);
        throw known ? new ServiceError(9726) : new ServiceError(9634);
      });
      scope.get('/service/config', (request, reply) =>
        serve(service, '/service/config', request, reply, () => {
          service.core.counters.add('serviceConfigRequests');
          service.core.journal.write('request.accepted', { operation: 'serviceConfig' });
          return serviceConfig(service, `${request.protocol}://${request.host}`);
        }),
      );
      for (const operation of OPERATIONS) {
        scope.route({
          method: operation.method,
          url: operation.path,
          handler: (request, reply) =>
            serve(service, operation.path, request, reply, () =>
              carryOut(service, operation, request),
            ),
        });
      }
      done();
    },
    { prefix: '/mdm/v2' },
  );
}

async function carryOut(
  service: LicenseService,
  operation: Operation,
  request: FastifyRequest,
): Promise<object> {
  const token = admit(service, request.headers.authorization, operation);
  if (operation.method === 'POST' && !isJson(request)) throw new ServiceError(9727);
  const call: Call = {
    service,
    token,
    location: token.location,
    query: request.query as Record<string, unknown>,
    body: request.body,
  };
  const answer = operation.paged ? await servePage(call, operation) : await operation.answer(call);
  service.core.counters.add(`${operation.name}Requests`, token.location.uId);
  if (operation.paged === undefined) journalAccepted(call, operation, answer);
  return answer;
}

/** Answers one page, with as many of the location's at a time as the service allows. */
async function servePage(call: Call, operation: Operation): Promise<object> {
  const { location, service } = call;
  if (location.pagesInFlight >= service.settings.parallelPages) throw new ServiceError(9646);
  location.pagesInFlight++;
  try {
    const { latencyMs } = service.settings;
    if (latencyMs > 0) await pause(latencyMs);
    return await operation.answer(call);
  } finally {
    location.pagesInFlight--;
  }
}

function journalAccepted(
  { service, location, token, query, body }: Call,
  operation: Operation,
  answer: object,
): void {
  service.core.journal.write('request.accepted', {
    uId: location.uId,
    operation: operation.name,
    contentManager: token.contentManager,
    ...('eventId' in answer && { eventId: answer.eventId }),
    ...(operation.method === 'POST'
      ? { body: { ...(body as object), notificationAuthToken: undefined } }
      : { query }),
  });
}

function isJson(request: FastifyRequest): boolean {
  return /^application\/json\b/iu.test(request.headers['content-type'] ?? '');
}

function answerError(
  service: LicenseService,
  error: FastifyError | ServiceError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = error instanceof ServiceError ? error : new ServiceError(numberFor(error));
  const { errorNumber, retryAfter, body } = refusal;
  const hidden = service.settings.tokenErrors === 'ok' && TOKEN_ERRORS.includes(errorNumber);
  const status = hidden ? 200 : refusal.status;
  const location = locationOf(service, request);
  service.core.counters.add('refusedRequests', location?.uId);
  service.core.journal.write('request.refused', {
    ...(location && { uId: location.uId }),
    method: request.method,
    url: request.url,
    status,
    ...body,
    ...(errorNumber === 9603 && !(error instanceof ServiceError) && { cause: error.stack }),
  });
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  return reply.code(status).send(body);
}

/** Apple's number for what the HTTP server refused on its own. */
function numberFor({ statusCode }: FastifyError): number {
  if (statusCode === 415) return 9727;
  return statusCode !== undefined && statusCode < 500 ? 9602 : 9603;
}
