import { Type } from 'typebox';
import {
  type AssignmentRow,
  createAssignment,
  deleteAssignment,
  listAssignments,
} from '../../../assignments/index.ts';
import { Problem } from '../../../errors.ts';
import type { Database } from '../../../db/connect.ts';
import { callerOf } from '../../auth.ts';
import { type Face, listInMemory, readCall, sendCreated, sendEntity, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import {
  assignmentBody,
  assignmentEntity,
  assignmentId,
  assignmentsOf,
  readAssignment,
} from './assignment.ts';
import { findApp, mobileApps } from './entity.ts';

const oneOfApp = Type.Object({ id: Type.String(), assignmentId: Type.String() });

/** /deviceAppManagement/mobileApps/{id}/assignments: list, get, create, delete */
export function registerAssignments({ app, context, version }: Face): void {
  const path = `/${mobileApps(version).path}/:id/assignments`;

  app.get(path, { schema: { params: withId } }, async (request, reply) => {
    const owner = await findApp(context.db, request.params.id, version);
    const call = readCall(request, assignmentsOf(owner.id), version);
    const rows = await listAssignments(context.db, [owner.id]);
    const entities = rows.map((row) => assignmentEntity(row, owner.platform, version));
    return sendPage(reply, call, listInMemory(call, entities, []));
  });

  app.get(`${path}/:assignmentId`, { schema: { params: oneOfApp } }, async (request, reply) => {
    const owner = await findApp(context.db, request.params.id, version);
    const row = await findAssignment(context.db, owner.id, request.params.assignmentId);
    const call = readCall(request, assignmentsOf(owner.id), version);
    return sendEntity(reply, call, assignmentEntity(row, owner.platform, version));
  });

  app.post(path, { schema: { params: withId, body: assignmentBody } }, async (request, reply) => {
    const owner = await findApp(context.db, request.params.id, version);
    const call = readCall(request, assignmentsOf(owner.id), version);
    const wanted = readAssignment(request.body);
    const id = await createAssignment(context, owner.id, wanted, callerOf(request).actor);
    const rows = await listAssignments(context.db, [owner.id]);
    const row = rows.find((one) => one.id === id);
    if (row === undefined) throw missing(id);
    return sendCreated(reply, call, assignmentEntity(row, owner.platform, version));
  });

  app.delete(`${path}/:assignmentId`, { schema: { params: oneOfApp } }, async (request, reply) => {
    const owner = await findApp(context.db, request.params.id, version);
    const row = await findAssignment(context.db, owner.id, request.params.assignmentId);
    await deleteAssignment(context, owner.id, row.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}

async function findAssignment(db: Database, appId: string, id: string): Promise<AssignmentRow> {
  const rows = await listAssignments(db, [appId]);
  const row = rows.find((one) => assignmentId(one) === id.toLowerCase());
  if (row === undefined) throw missing(id);
  return row;
}

function missing(id: string): Problem {
  return new Problem('notFound', 'assignmentNotFound', `There is no assignment ${id} of this app.`);
}
