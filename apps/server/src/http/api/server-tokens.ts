import { Type } from 'typebox';
import {
  deleteServerToken,
  serverTokenCertificate,
  serverTokens,
  type ServerTokenView,
  storeServerToken,
} from '../../devices/index.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import type { Face } from './face.ts';

const body = Type.Object({
  displayName: Type.String({ minLength: 1, maxLength: 256 }),
  file: Type.String({ minLength: 1, maxLength: 65_536 }),
});

/**
 * GET and POST /api/server-tokens, PUT and DELETE /api/server-tokens/{id}: tokens for device enrollment (ADE);
 * POST /api/server-tokens/public-key: the certificate to upload at Apple before
 */
export function registerServerTokens({ app, context }: Face): void {
  app.get('/server-tokens', async () => ({ value: (await serverTokens(context.db)).map(view) }));
  app.post('/server-tokens/public-key', async () => ({
    certificate: await serverTokenCertificate(context),
  }));
  app.post('/server-tokens', { schema: { body } }, async (request, reply) => {
    const token = await storeServerToken(context, request.body, callerOf(request).actor);
    return reply.code(201).send(view(token));
  });
  app.put('/server-tokens/:id', { schema: { body, params: withId } }, async (request) =>
    view(await storeServerToken(context, request.body, callerOf(request).actor, request.params.id)),
  );
  app.delete('/server-tokens/:id', { schema: { params: withId } }, async (request, reply) => {
    await deleteServerToken(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function view({ expiresAt, uploadedAt, ...token }: ServerTokenView): object {
  return { ...token, expiresDateTime: expiresAt, uploadedDateTime: uploadedAt };
}
