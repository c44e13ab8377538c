import { Type } from 'typebox';
import { requestInstall } from '../../grants/index.ts';
import { deviceStatuses, notApplicableStatuses } from '../../status/index.ts';
import { statusView } from './device-status.ts';
import { type Face, pageOf, pageQuery } from './face.ts';
import { checkId } from './ids.ts';
import { findTitle, registerTitles, type TitleKind } from './titles.ts';
import { withId } from '../typed-app.ts';
import { registerWhy } from './why.ts';

const statusQuery = Type.Object({
  ...pageQuery.properties,
  state: Type.Optional(
    Type.Union([
      Type.Literal('installed'),
      Type.Literal('failed'),
      Type.Literal('pendingInstall'),
      Type.Literal('notInstalled'),
      Type.Literal('notApplicable'),
      Type.Literal('unknown'),
    ]),
  ),
});

const kind: TitleKind = { path: '/apps', books: false, word: 'app' };

/** Who asks for an app that is Available to them, on which device. */
const requestBody = Type.Object({
  deviceId: Type.String({ maxLength: 64 }),
  personId: Type.Optional(Type.String({ maxLength: 64 })),
});

/** The apps of all tokens, GET /api/apps/{id}/devices, and POST …/requests: somebody asks for an app (behavior L23) */
export function registerApps(face: Face): void {
  const { app, context } = face;
  registerTitles(face, kind);
  registerWhy(face, kind);
  app.get(
    '/apps/:id/devices',
    { schema: { params: withId, querystring: statusQuery } },
    async (request) => {
      const { id } = await findTitle(context, request.params.id, kind);
      const { state } = request.query;
      const { count, value } =
        state === 'notApplicable'
          ? await notApplicableStatuses(context, id, pageOf(request.query))
          : await deviceStatuses(context.db, {
              appId: id,
              ...pageOf(request.query),
              ...(state === undefined ? {} : { installState: state }),
            });
      return { count, value: value.map(statusView) };
    },
  );
  app.post(
    '/apps/:id/requests',
    { schema: { params: withId, body: requestBody } },
    async (request, reply) => {
      const { id: appId } = await findTitle(context, request.params.id, kind);
      const { deviceId, personId = null } = request.body;
      for (const [field, value] of Object.entries({ deviceId, personId })) checkId(field, value);
      await requestInstall(context, { appId, deviceId, personId });
      return reply.code(202).send();
    },
  );
}
