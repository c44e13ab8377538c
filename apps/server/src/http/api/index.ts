import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../auth.ts';
import { registerAlerts } from './alerts.ts';
import { registerApps } from './apps.ts';
import { registerAudit } from './audit.ts';
import { registerBooks } from './books.ts';
import { registerCountries } from './countries.ts';
import { registerDeviceViews } from './devices.ts';
import { registerEnrollmentLinks } from './enrollment-links.ts';
import { registerEvents } from './events.ts';
import { registerGroupViews } from './groups.ts';
import { registerImports } from './imports.ts';
import { registerLicenses } from './licenses.ts';
import { registerLocations } from './locations.ts';
import { registerOperations } from './operations.ts';
import { registerPeople } from './people.ts';
import { registerPeopleViews } from './people-views.ts';
import { registerPushCertificate } from './push-certificate.ts';
import { registerScep } from './scep.ts';
import { registerServerTokens } from './server-tokens.ts';
import { registerSession } from './session.ts';
import { registerSettings } from './settings.ts';
import { registerTokens } from './tokens.ts';

/** What Graph has no words for, for the console and for scripts. */
export async function registerApi(app: FastifyInstance, context: Context): Promise<void> {
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', authenticate(app, context));
      scope.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      const face = { app: scope.withTypeProvider<TypeBoxTypeProvider>(), context };
      registerSession(face);
      registerEvents(face);
      registerCountries(face);
      registerTokens(face);
      registerLocations(face);
      registerOperations(face);
      registerLicenses(face);
      registerSettings(face);
      registerApps(face);
      registerBooks(face);
      registerDeviceViews(face);
      registerGroupViews(face);
      registerEnrollmentLinks(face);
      registerPeople(face);
      registerPeopleViews(face);
      registerPushCertificate(face);
      registerScep(face);
      registerServerTokens(face);
      registerImports(face);
      registerAudit(face);
      registerAlerts(face);
    },
    { prefix: '/api' },
  );
}
