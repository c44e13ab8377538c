import swagger from '@fastify/swagger';
import type { FastifyError, FastifyInstance } from 'fastify';

import { FaultError } from '../core/fault-request.ts';
import type { Core, LicenseAuthority } from '../core/world.ts';
import { PortalError } from '../licenses/portal-error.ts';
import type { LicenseService } from '../licenses/service.ts';
import { registerAssignmentControls } from './assignments.ts';
import { describeControls } from './docs.ts';
import { registerFaultControls } from './faults.ts';
import { registerOrganizationControls } from './organizations.ts';
import { registerPeopleControls } from './people.ts';
import { registerReports } from './reports.ts';
import { registerRunningControls } from './running.ts';
import { registerStockControls } from './stock.ts';
import { registerSubscriptionControls } from './subscriptions.ts';
import { registerUserControls } from './users.ts';

/** Adds the controls of another part of the simulator to the same documentation. */
export type MoreControls = (app: FastifyInstance) => void;

/** Everything below `/_control`, with its OpenAPI description at `/_control/docs`. */
export function registerControls(
  app: FastifyInstance,
  core: Core,
  service: LicenseService,
  authority: LicenseAuthority,
  more: MoreControls,
): void {
  app.register(async (scope) => {
    await scope.register(swagger, {
      openapi: {
        info: {
          title: 'Apple in a box: controls',
          description: 'What content managers, people, other products and bad luck do.',
          version: '1',
        },
      },
    });
    scope.setErrorHandler((error: FastifyError, _request, reply) => {
      const refused = error instanceof PortalError || error instanceof FaultError;
      return reply.code(refused ? 400 : (error.statusCode ?? 500)).send({ message: error.message });
    });
    registerOrganizationControls(scope, service);
    registerStockControls(scope, service);
    registerSubscriptionControls(scope, service);
    registerAssignmentControls(scope, service);
    registerPeopleControls(scope, service, authority);
    registerUserControls(scope, service);
    registerFaultControls(scope, core);
    registerRunningControls(scope, core, service);
    registerReports(scope, core, service);
    more(scope);
    scope.get('/_control/docs', { schema: { hide: true } }, (request, reply) => {
      const description = scope.swagger();
      if (!request.headers.accept?.includes('text/html')) return description;
      return reply.type('text/html').send(describeControls(description));
    });
  });
}
