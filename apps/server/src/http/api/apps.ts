import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import {
  type AssignmentRow,
  listAssignments,
  replaceAssignments,
} from '../../assignments/index.ts';
import type { Context } from '../../context.ts';
import { isGuid } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';
import { type AppSummary, appSummaries, deviceStatuses } from '../../status/index.ts';
import { callerOf } from '../auth.ts';
import { statusView } from './device-status.ts';
import { type Face, pageOf, pageQuery, searchQuery } from './face.ts';
import { withId } from '../typed-app.ts';
import { refuseWhatPeopleTakePartIn } from '../unsupported.ts';

const appQuery = Type.Object({ ...searchQuery.properties, tokenId: Type.Optional(Type.String()) });

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

const assignmentsBody = Type.Object({
  assignments: Type.Array(
    Type.Object({
      target: Type.Object({
        kind: Type.Union([
          Type.Literal('group'),
          Type.Literal('exclusionGroup'),
          Type.Literal('allUsers'),
          Type.Literal('allDevices'),
        ]),
        groupId: Type.Optional(Type.String({ maxLength: 64 })),
      }),
      intent: Type.Union([
        Type.Literal('required'),
        Type.Literal('available'),
        Type.Literal('uninstall'),
      ]),
      licenseType: Type.Union([Type.Literal('device'), Type.Literal('user')]),
    }),
    { maxItems: 1_000 },
  ),
});

/** GET /api/apps, /api/apps/{id}, …/icon, …/devices; PUT …/assignments */
export function registerApps({ app, context }: Face): void {
  app.get('/apps', { schema: { querystring: appQuery } }, async (request) => {
    const { tokenId, search } = request.query;
    if (tokenId !== undefined && !isGuid(tokenId)) return { count: 0, value: [] };
    const { count, value } = await appSummaries(context.db, {
      ...pageOf(request.query),
      ...(tokenId === undefined ? {} : { tokenId }),
      ...(search === undefined || search.trim() === '' ? {} : { search: search.trim() }),
    });
    return { count, value: value.map(appView) };
  });
  app.get('/apps/:id', { schema: { params: withId } }, async (request) => {
    const summary = await findApp(context, request.params.id);
    const assignments = await listAssignments(context.db, [summary.id]);
    return { ...appView(summary), assignments: assignments.map(assignmentView) };
  });
  app.get('/apps/:id/icon', { schema: { params: withId } }, async (request, reply) => {
    const icon = await readIcon(context, await findApp(context, request.params.id));
    const etag = `"${createHash('sha256').update(icon.bytes).digest('base64url').slice(0, 22)}"`;
    reply.header('cache-control', 'private, max-age=86400').header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(icon.type).send(icon.bytes);
  });
  app.get(
    '/apps/:id/devices',
    { schema: { params: withId, querystring: statusQuery } },
    async (request) => {
      const { id } = await findApp(context, request.params.id);
      const { state } = request.query;
      const { count, value } = await deviceStatuses(context.db, {
        appId: id,
        ...pageOf(request.query),
        ...(state === undefined ? {} : { installState: state }),
      });
      return { count, value: value.map(statusView) };
    },
  );
  app.put(
    '/apps/:id/assignments',
    { schema: { params: withId, body: assignmentsBody } },
    async (request, reply) => {
      const wanted = request.body.assignments;
      for (const wish of wanted) refuseWhatPeopleTakePartIn(wish, 'licenseType');
      await replaceAssignments(context, request.params.id, wanted, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
}

async function findApp(context: Context, id: string): Promise<AppSummary> {
  const { value } = isGuid(id) ? await appSummaries(context.db, { ids: [id] }) : { value: [] };
  const [app] = value;
  if (app === undefined) throw new Problem('notFound', 'appNotFound', `There is no app ${id}.`);
  return app;
}

function appView(app: AppSummary): object {
  const { hasIcon, ...rest } = app;
  return { ...rest, iconUrl: hasIcon ? `/api/apps/${app.id}/icon` : null };
}

function assignmentView(row: AssignmentRow): object {
  const { groupId, groupName, groupDeleted, members } = row;
  return {
    id: row.id,
    intent: row.intent,
    licenseType: row.licenseType,
    target: { kind: row.target, groupId, groupName, groupDeleted, members },
  };
}

async function readIcon(
  context: Context,
  app: AppSummary,
): Promise<{ bytes: Buffer; type: string }> {
  const title = await context.db
    .selectFrom('library.title')
    .select(['icon', 'iconType'])
    .where('locationUid', '=', app.locationUid)
    .where('adamId', '=', app.adamId)
    .executeTakeFirst();
  if (title === undefined || title.icon === null || title.iconType === null) {
    throw new Problem('notFound', 'iconNotFound', `${app.name} has no icon.`);
  }
  return { bytes: title.icon, type: title.iconType };
}
