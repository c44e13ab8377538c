import { Type } from 'typebox';
import { type ScepView, scepView, setScep, stopScep } from '../../devices/index.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const body = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2_048 }),
  name: Type.Optional(Type.String({ maxLength: 256 })),
  challenge: Type.Optional(Type.String({ maxLength: 1_024 })),
  authorities: Type.String({ minLength: 1, maxLength: 131_072 }),
  fingerprint: Type.Optional(Type.String({ maxLength: 256 })),
});

/** GET, PUT and DELETE /api/scep: the server that device identities come from instead of ours */
export function registerScep({ app, context }: Face): void {
  const show = async (): Promise<object> => {
    const view = await scepView(context.db);
    if (view === undefined)
      throw new Problem(
        'notFound',
        'noScep',
        'No SCEP server was set: devices get their identities from this server.',
      );
    return shown(view);
  };
  app.get('/scep', show);
  app.put('/scep', { schema: { body } }, async (request) => {
    const settings = { ...request.body, name: request.body.name ?? '' };
    await setScep(context, settings, callerOf(request).actor);
    return show();
  });
  app.delete('/scep', async (request, reply) => {
    await stopScep(context, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function shown({ authorities, ...view }: ScepView): object {
  return {
    ...view,
    authorities: authorities.map(({ subject, expiresAt }) => ({
      subject,
      expiresDateTime: expiresAt,
    })),
  };
}
