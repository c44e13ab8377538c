import { Type } from 'typebox';
import { createFirstAdministrator, isFirstStart, signIn, signOut } from '../../identity/index.ts';
import { sessionSecret, setSessionCookie } from '../auth.ts';
import type { Face } from './face.ts';

const firstAdministrator = Type.Object({
  secret: Type.String({ maxLength: 256 }),
  name: Type.String({ maxLength: 256 }),
  signInName: Type.String({ maxLength: 128 }),
  password: Type.String({ maxLength: 1_024 }),
});
const credentials = Type.Object({
  signInName: Type.String({ maxLength: 128 }),
  password: Type.String({ maxLength: 1_024 }),
});

/** GET /api/session; POST /api/first-administrator, /api/sign-in, /api/sign-out */
export function registerSession({ app, context }: Face): void {
  app.get('/session', { config: { public: true } }, async (request, reply) => {
    const { principal } = request;
    if (principal !== undefined) {
      const { id, name } = principal.actor;
      const { href } = context.config.publicUrl;
      return {
        administrator: { id, name, role: principal.role },
        publicUrl: href.replace(/\/$/, ''),
      };
    }
    return reply.code(401).send({
      error: { code: 'signedOut', message: 'Nobody is signed in.' },
      firstStart: await isFirstStart(context.db),
    });
  });
  app.post(
    '/first-administrator',
    { config: { public: true }, schema: { body: firstAdministrator } },
    async (request, reply) => {
      setSessionCookie(context, reply, await createFirstAdministrator(context, request.body));
      return reply.code(204).send();
    },
  );
  app.post(
    '/sign-in',
    { config: { public: true }, schema: { body: credentials } },
    async (request, reply) => {
      const { signInName, password } = request.body;
      setSessionCookie(context, reply, await signIn(context, signInName, password));
      return reply.code(204).send();
    },
  );
  app.post('/sign-out', { config: { public: true } }, async (request, reply) => {
    const secret = sessionSecret(context, request);
    if (secret !== undefined) await signOut(context.db, secret);
    setSessionCookie(context, reply, undefined);
    return reply.code(204).send();
  });
}
