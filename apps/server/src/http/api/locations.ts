import { Type } from 'typebox';
import { releaseBrake } from '../../grants/index.ts';
import { pauseLocation, resumeLocation, rotateBearer } from '../../library/index.ts';
import { readDrift } from '../../status/index.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const schema = {
  params: Type.Object({ uid: Type.String({ maxLength: 128 }) }),
  body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
};

/**
 * POST /api/locations/{uid}/pause, …/resume, …/release-brake, …/rotate-notification-secret: each says why. GET /api/drift: where what Apple has
 * assigned differs from what is wanted here
 */
export function registerLocations({ app, context }: Face): void {
  app.get('/drift', async () => ({ value: await readDrift(context.db) }));
  app.post('/locations/:uid/pause', { schema }, async (request, reply) => {
    await pauseLocation(context, request.params.uid, request.body.reason, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.post('/locations/:uid/resume', { schema }, async (request, reply) => {
    await resumeLocation(context, request.params.uid, request.body.reason, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.post('/locations/:uid/rotate-notification-secret', { schema }, async (request, reply) => {
    const actor = { ...callerOf(request).actor, reason: request.body.reason };
    await rotateBearer(context, request.params.uid, actor);
    return reply.code(204).send();
  });
  app.post('/locations/:uid/release-brake', { schema }, async (request, reply) => {
    const actor = { ...callerOf(request).actor, reason: request.body.reason };
    await releaseBrake(context, request.params.uid, actor);
    return reply.code(204).send();
  });
}
