import type { Version } from '@allotment/graph-odata';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../auth.ts';
import { registerDeletedItems } from './deleted-items/index.ts';
import { registerDirectoryDevices } from './devices/index.ts';
import { registerGroups } from './groups/index.ts';
import { registerManagedEBooks } from './managed-ebooks/index.ts';
import { registerManagedDevices } from './managed-devices/index.ts';
import { registerMobileApps } from './mobile-apps/index.ts';
import { registerUsers } from './users/index.ts';
import { registerVppTokens } from './vpp-tokens/index.ts';

const versions: readonly Version[] = ['v1.0', 'beta'];

/** Microsoft Graph's shape of what this server does, below both versions. */
export async function registerGraph(app: FastifyInstance, context: Context): Promise<void> {
  for (const version of versions) {
    await app.register(
      async (scope) => {
        scope.addHook('onRequest', authenticate(app, context));
        acceptEmptyBodies(scope);
        const face = { app: scope.withTypeProvider<TypeBoxTypeProvider>(), context, version };
        registerVppTokens(face);
        registerMobileApps(face);
        registerManagedEBooks(face);
        registerManagedDevices(face);
        registerGroups(face);
        registerDeletedItems(face);
        registerUsers(face);
        registerDirectoryDevices(face);
      },
      { prefix: `/${version}` },
    );
  }
}

/** Actions are posted without a body under whatever content type a client's default is. */
function acceptEmptyBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(Object.assign(new Error('Send the body as application/json.'), { statusCode: 415 }));
  });
}
