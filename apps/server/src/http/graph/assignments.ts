import type { Entity } from '@allotment/graph-odata';
import { type StaticParse, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import {
  type AssignmentInput,
  type AssignmentRow,
  createAssignment,
  deleteAssignment,
  listAssignments,
} from '../../assignments/index.ts';
import type { Database } from '../../db/connect.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import { assignmentId } from './assignment-target.ts';
import {
  type EntitySet,
  type Face,
  listInMemory,
  readCall,
  sendCreated,
  sendEntity,
  sendPage,
} from './call.ts';

/** What can be assigned: apps and books. */
export interface Assignable<Owner extends { readonly id: string }, Body extends TSchema> {
  /** The set of the owners, such as `deviceAppManagement/mobileApps`. */
  readonly path: string;
  /** @throws Problem when there is none */
  readonly find: (id: string) => Promise<Owner>;
  readonly setOf: (id: string) => EntitySet;
  readonly body: Body;
  readonly read: (body: StaticParse<Body>) => AssignmentInput;
  readonly entity: (row: AssignmentRow, owner: Owner) => Entity;
}

const one = Type.Object({ id: Type.String(), assignmentId: Type.String() });

/** …/{id}/assignments: list, get, create, delete */
export function registerAssignments<Owner extends { readonly id: string }, Body extends TSchema>(
  { app, context, version }: Face,
  { path: owners, find, setOf, body, read, entity }: Assignable<Owner, Body>,
): void {
  const path = `/${owners}/:id/assignments`;

  app.get(path, { schema: { params: withId } }, async (request, reply) => {
    const owner = await find(request.params.id);
    const call = readCall(request, setOf(owner.id), version);
    const rows = await listAssignments(context.db, [owner.id]);
    const entities = rows.map((row) => entity(row, owner));
    return sendPage(reply, call, listInMemory(call, entities, []));
  });

  app.get(`${path}/:assignmentId`, { schema: { params: one } }, async (request, reply) => {
    const owner = await find(request.params.id);
    const row = await findAssignment(context.db, owner.id, request.params.assignmentId);
    const call = readCall(request, setOf(owner.id), version);
    return sendEntity(reply, call, entity(row, owner));
  });

  app.post(path, { schema: { params: withId, body } }, async (request, reply) => {
    const owner = await find(request.params.id);
    const call = readCall(request, setOf(owner.id), version);
    const wanted = read(Value.Parse(body, request.body));
    const id = await createAssignment(context, owner.id, wanted, callerOf(request).actor);
    const rows = await listAssignments(context.db, [owner.id]);
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw missing(id);
    return sendCreated(reply, call, entity(row, owner));
  });

  app.delete(`${path}/:assignmentId`, { schema: { params: one } }, async (request, reply) => {
    const owner = await find(request.params.id);
    const row = await findAssignment(context.db, owner.id, request.params.assignmentId);
    await deleteAssignment(context, owner.id, row.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}

async function findAssignment(db: Database, ownerId: string, id: string): Promise<AssignmentRow> {
  const rows = await listAssignments(db, [ownerId]);
  const row = rows.find((each) => assignmentId(each) === id.toLowerCase());
  if (row === undefined) throw missing(id);
  return row;
}

function missing(id: string): Problem {
  return new Problem('notFound', 'assignmentNotFound', `There is no assignment ${id}.`);
}
