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
import { releaseIrrevocable } from '../../grants/index.ts';
import { type AppSummary, appSummaries, whatIf } from '../../status/index.ts';
import { callerOf } from '../auth.ts';
import { type Face, pageOf, searchQuery } from './face.ts';
import { withId } from '../typed-app.ts';

const appQuery = Type.Object({ ...searchQuery.properties, tokenId: Type.Optional(Type.String()) });

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
      licenseType: Type.Optional(Type.Union([Type.Literal('device'), Type.Literal('user')])),
      priority: Type.Optional(Type.Integer()),
      settings: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Unknown())),
    }),
    { maxItems: 1_000 },
  ),
});

/** What is listed in the same way and apart: apps, and books. */
export interface TitleKind {
  readonly path: '/apps' | '/books';
  readonly books: boolean;
  readonly word: 'app' | 'book';
}

/** GET /api/apps, /api/apps/{id}, …/icon; PUT …/assignments; POST …/what-if, …/release; and the same of books */
export function registerTitles({ app, context }: Face, kind: TitleKind): void {
  app.get(kind.path, { schema: { querystring: appQuery } }, async (request) => {
    const { tokenId, search } = request.query;
    if (tokenId !== undefined && !isGuid(tokenId)) return { count: 0, value: [] };
    const { count, value } = await appSummaries(context.db, {
      books: kind.books,
      ...pageOf(request.query),
      ...(tokenId === undefined ? {} : { tokenId }),
      ...(search === undefined || search.trim() === '' ? {} : { search: search.trim() }),
    });
    return { count, value: value.map((title) => titleView(title, kind)) };
  });
  app.get(`${kind.path}/:id`, { schema: { params: withId } }, async (request) => {
    const summary = await findTitle(context, request.params.id, kind);
    const assignments = await listAssignments(context.db, [summary.id]);
    return { ...titleView(summary, kind), assignments: assignments.map(assignmentView) };
  });
  app.get(`${kind.path}/:id/icon`, { schema: { params: withId } }, async (request, reply) => {
    const icon = await readIcon(context, await findTitle(context, request.params.id, kind));
    const etag = `"${createHash('sha256').update(icon.bytes).digest('base64url').slice(0, 22)}"`;
    reply.header('cache-control', 'private, max-age=86400').header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(icon.type).send(icon.bytes);
  });
  app.put(
    `${kind.path}/:id/assignments`,
    { schema: { params: withId, body: assignmentsBody } },
    async (request, reply) => {
      const wanted = request.body.assignments;
      const { id } = await findTitle(context, request.params.id, kind);
      await replaceAssignments(context, id, wanted, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
  app.post(
    `${kind.path}/:id/what-if`,
    { schema: { params: withId, body: assignmentsBody } },
    async (request) => {
      const { id } = await findTitle(context, request.params.id, kind);
      const { assignments } = request.body;
      return whatIf(context, id, assignments, callerOf(request).actor, context.signal);
    },
  );
  app.post(`${kind.path}/:id/release`, { schema: { params: withId } }, async (request, reply) => {
    const { assetId } = await findTitle(context, request.params.id, kind);
    await releaseIrrevocable(context, assetId, callerOf(request).actor);
    return reply.code(204).send();
  });
}

/** @throws Problem `appNotFound` or `bookNotFound` */
export async function findTitle(
  context: Context,
  id: string,
  { books, word }: TitleKind,
): Promise<AppSummary> {
  const { value } = isGuid(id)
    ? await appSummaries(context.db, { books, ids: [id] })
    : { value: [] };
  const [title] = value;
  if (title === undefined)
    throw new Problem('notFound', `${word}NotFound`, `There is no ${word} ${id}.`);
  return title;
}

function titleView(title: AppSummary, { path }: TitleKind): object {
  const { hasIcon, ...rest } = title;
  return { ...rest, iconUrl: hasIcon ? `/api${path}/${title.id}/icon` : null };
}

function assignmentView(row: AssignmentRow): object {
  const { groupId, groupName, groupDeleted, members } = row;
  return {
    id: row.id,
    intent: row.intent,
    licenseType: row.licenseType,
    priority: row.priority,
    settings: row.settings,
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
