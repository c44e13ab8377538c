import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { registerNotifications } from './notifications.ts';

/** What Apple's servers call. Nothing here asks for a session: each address has a bearer of its own. */
export async function registerApple(app: FastifyInstance, context: Context): Promise<void> {
  await app.register(async (apple) => registerNotifications(apple, context));
}
