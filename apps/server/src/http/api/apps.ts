import { Type } from 'typebox';
import { deviceStatuses, expectedDevices, notApplicableStatuses } from '../../status/index.ts';
import { statusView } from './device-status.ts';
import { type Face, pageOf, pageQuery } from './face.ts';
import { registerRequests } from './requests.ts';
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
      Type.Literal('uninstallFailed'),
      Type.Literal('notApplicable'),
      Type.Literal('unknown'),
    ]),
  ),
});

export const apps: TitleKind = { path: '/apps', books: false, word: 'app' };

/** The apps of all tokens, GET /api/apps/{id}/devices, and /expected-devices: those licensed before they enroll. */
export function registerApps(face: Face): void {
  const { app, context } = face;
  registerTitles(face, apps);
  registerWhy(face, apps);
  registerRequests(face, apps);
  app.get(
    '/apps/:id/devices',
    { schema: { params: withId, querystring: statusQuery } },
    async (request) => {
      const { id } = await findTitle(context, request.params.id, apps);
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
  app.get(
    '/apps/:id/expected-devices',
    { schema: { params: withId, querystring: pageQuery } },
    async (request) => {
      const { assetId } = await findTitle(context, request.params.id, apps);
      const { count, value } = await expectedDevices(context.db, assetId, pageOf(request.query));
      return {
        count,
        value: value.map(({ knownSince, ...device }) => ({
          ...device,
          knownSinceDateTime: knownSince,
        })),
      };
    },
  );
}
