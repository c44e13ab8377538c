import { type Selectable, type Updateable, sql } from 'kysely';
import { type Actor, recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { OperationsOperation } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { readToken } from '../library/index.ts';
import type { OperationPlan } from './plan.ts';

export type Operation = Selectable<OperationsOperation>;

/** What a person says when an operation is begun. */
export interface Order {
  /** Why, for those who read it later. */
  readonly reason: string;
  /** How many licenses the plan named; where there are more by now, nothing is begun. */
  readonly agreed?: number | undefined;
}

/** Who works on an operation has it for so long; one step takes less. */
const leaseMs = 60_000;

/**
 * Writes an operation down, to be carried on from its first step.
 *
 * @returns its id
 * @throws Problem `reasonMissing`, `planChanged`, `operationRunning`, `tokenNotFound`; nothing was changed then
 */
export async function beginOperation(
  context: Context,
  trx: Trx,
  plan: OperationPlan,
  step: string,
  order: Order,
  actor: Actor,
): Promise<string> {
  const reason = checkOrder(order, plan.licenses.ours);
  const now = context.clock.now();
  const { kind, tokenId, tokenName, locationUid, locationName } = plan;
  const added = await trx
    .insertInto('operations.operation')
    .values({
      kind,
      tokenId,
      tokenName,
      locationUid,
      locationName,
      step,
      total: plan.licenses.ours,
      plan: JSON.stringify(plan),
      reason,
      requestedBy: actor.name,
      requestedByKind: actor.kind,
      createdAt: now,
      stepAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (added === undefined) {
    throw new Problem(
      'conflict',
      'operationRunning',
      'Another operation on this location is not finished: wait for it, or cancel it.',
    );
  }
  // A deletion that was still running while the plan was made has ended by now: two do not run at once.
  await readToken(trx, tokenId);
  await recordAudit(
    trx,
    now,
    { ...actor, reason },
    {
      action: kind === 'revokeAll' ? 'beginRevokeAll' : 'beginDeleteVppToken',
      target: { kind: 'vppToken', id: tokenId, name: tokenName },
      detail: { operation: added.id, licenses: plan.licenses.ours },
    },
  );
  await hint(trx, 'tokens', 'locations');
  return added.id;
}

function checkOrder(order: Order, licenses: number): string {
  const reason = order.reason.trim();
  if (reason === '') {
    throw new Problem('badRequest', 'reasonMissing', 'Say why, for those who read it later.', {
      field: 'reason',
    });
  }
  if (order.agreed !== undefined && licenses > order.agreed) {
    throw new Problem(
      'conflict',
      'planChanged',
      `There are ${licenses} licenses now, more than the ${order.agreed} you agreed to: look at the plan again.`,
      { field: 'agreed' },
    );
  }
  return reason;
}

/** The running operation that nobody works on, for a while; `after` those with smaller ids. */
export async function claimOperation(
  context: Context,
  after: string | undefined,
): Promise<Operation | undefined> {
  const now = context.clock.now();
  const { rows } = await sql<Operation>`
    update operations.operation set leased_until = ${new Date(now.getTime() + leaseMs)}
    where id = (select id from operations.operation
      where state = 'running' and (leased_until is null or leased_until <= ${now}) and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
      order by id limit 1 for update skip locked)
    returning *`.execute(context.db);
  return rows[0];
}

/** Whether the operation still runs: a canceled one takes no further step. Locks its row. */
export async function stillRuns(trx: Trx, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('operations.operation')
    .select('state')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.state === 'running';
}

/**
 * Refuses what cannot be done while an operation of a kind runs.
 *
 * @param about of the token or of the whole location
 * @param message what runs, and what to do about it
 * @throws Problem `operationRunning`
 */
export async function refuseWhile(
  trx: Trx,
  about: Pick<Operation, 'kind'> & Partial<Pick<Operation, 'tokenId' | 'locationUid'>>,
  message: string,
): Promise<void> {
  const running = await trx
    .selectFrom('operations.operation')
    .select('id')
    .where((column) => column.and(about))
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (running !== undefined) throw new Problem('conflict', 'operationRunning', message);
}

/** Writes down how far an operation is. */
export async function recordProgress(
  db: Database,
  id: string,
  columns: Updateable<OperationsOperation>,
): Promise<void> {
  await db
    .updateTable('operations.operation')
    .set({ waitsFor: null, ...columns })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
  await hint(db, 'tokens', 'locations');
}

/** Who began an operation, and why: its later steps are theirs. */
export function actorOf({ requestedBy, requestedByKind, reason }: Operation): Actor {
  const kind = actorKinds.find((one) => one === requestedByKind);
  if (kind === undefined) throw new Error(`An operation was begun by a ${requestedByKind}.`);
  return { kind, name: requestedBy, reason };
}

const actorKinds = ['administrator', 'apiToken', 'system', 'cli'] as const;

/** Nobody works on it any more: whoever looks next goes on. */
export async function letGoOf(db: Database, id: string): Promise<void> {
  await db
    .updateTable('operations.operation')
    .set({ leasedUntil: null })
    .where('id', '=', id)
    .execute();
}

/** Ends an operation with what came of it. */
export async function completeOperation(
  context: Context,
  trx: Trx,
  operation: Operation,
  result: object,
): Promise<void> {
  const now = context.clock.now();
  await recordProgress(trx, operation.id, {
    state: 'completed',
    step: 'done',
    result: JSON.stringify(result),
    finishedAt: now,
  });
  await recordAudit(trx, now, system(operation.reason), {
    action: operation.kind === 'revokeAll' ? 'completeRevokeAll' : 'completeDeleteVppToken',
    target: { kind: 'vppToken', id: operation.tokenId, name: operation.tokenName },
    detail: { operation: operation.id, result },
  });
}
