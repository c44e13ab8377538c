import { type Entity, project } from '@allotment/graph-odata';
import { Type } from 'typebox';
import { listAssignments, replaceAssignments } from '../../../assignments/index.ts';
import { callerOf } from '../../auth.ts';
import { withId } from '../../typed-app.ts';
import { registerAssignments } from '../assignments.ts';
import {
  type Call,
  type Face,
  listInMemory,
  readCall,
  sendCount,
  sendEntity,
  sendPage,
} from '../call.ts';
import { managedEBookAssignment } from '../types.ts';
import {
  assignmentBody,
  assignmentEntity,
  assignmentsOf,
  findBook,
  managedEBooks,
  readAssignment,
  readManagedEBooks,
  toEntity,
} from './entity.ts';

const searchable = ['displayName', 'publisher'];
const assignBody = Type.Object({
  managedEBookAssignments: Type.Array(assignmentBody, { maxItems: 1_000 }),
});

/** /deviceAppManagement/managedEBooks: list, count, get, assign and the assignments; licenses of books are people's */
export function registerManagedEBooks(face: Face): void {
  const { app, context, version } = face;
  const path = `/${managedEBooks.path}`;

  app.get(path, async (request, reply) => {
    const call = readCall(request, managedEBooks, version);
    const books = listInMemory(call, await readManagedEBooks(context.db), searchable);
    const more = await expand(face, call, books.items);
    return sendPage(reply, call, books, (book) => more.get(String(book['id'])) ?? {});
  });

  app.get(`${path}/$count`, async (request, reply) => {
    const call = readCall(request, managedEBooks, version);
    const { count } = listInMemory(call, await readManagedEBooks(context.db), searchable);
    return sendCount(reply, count);
  });

  app.get(`${path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, managedEBooks, version);
    const book = toEntity(await findBook(context.db, request.params.id));
    const more = await expand(face, call, [book]);
    return sendEntity(reply, call, book, more.get(String(book['id'])));
  });

  app.post(
    `${path}/:id/assign`,
    { schema: { params: withId, body: assignBody } },
    async (request, reply) => {
      const { id } = await findBook(context.db, request.params.id);
      const wanted = request.body.managedEBookAssignments.map(readAssignment);
      await replaceAssignments(context, id, wanted, callerOf(request).actor);
      return reply.code(204).send();
    },
  );

  registerAssignments(face, {
    path: managedEBooks.path,
    find: async (id) => findBook(context.db, id),
    setOf: assignmentsOf,
    body: assignmentBody,
    read: readAssignment,
    entity: (row) => assignmentEntity(row, version),
  });
}

/** What `$expand` adds to each of these books, by id. */
async function expand(
  { context, version }: Face,
  call: Call,
  books: readonly Entity[],
): Promise<ReadonlyMap<string, Entity>> {
  const asked = call.options.expand.find((one) => one.property.toLowerCase() === 'assignments');
  if (asked === undefined) return new Map();
  const ids = books.map((book) => String(book['id']));
  const byBook = Map.groupBy(await listAssignments(context.db, ids), (row) => row.appId);
  return new Map(
    ids.map((id) => {
      const assignments = (byBook.get(id) ?? []).map((row) =>
        project(managedEBookAssignment, version, assignmentEntity(row, version), asked.select),
      );
      return [id, { assignments }];
    }),
  );
}
