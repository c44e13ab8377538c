import { Type } from 'typebox';
import { readDeliverySettings, updateDeliverySettings } from '../../delivery/index.ts';
import { readLicensingSettings, updateLicensingSettings } from '../../grants/index.ts';
import { readLibrarySettings, updateLibrarySettings } from '../../library/index.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const whole = { schema: { body: Type.Unknown() } };
const library = { schema: { body: Type.Object({ tokenLimit: Type.Number() }) } };

/** GET, PUT /api/library-settings, /api/licensing-settings, /api/delivery-settings */
export function registerSettings({ app, context }: Face): void {
  app.get('/library-settings', async () => readLibrarySettings(context.db));
  app.put('/library-settings', library, async (request, reply) => {
    await updateLibrarySettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.get('/licensing-settings', async () => readLicensingSettings(context.db));
  app.put('/licensing-settings', whole, async (request, reply) => {
    await updateLicensingSettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.get('/delivery-settings', async () => readDeliverySettings(context.db));
  app.put('/delivery-settings', whole, async (request, reply) => {
    await updateDeliverySettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
}
