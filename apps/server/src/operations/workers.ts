import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { continueDeletion } from './delete-token.ts';
import { claimOperation, letGoOf, type Operation, recordProgress } from './operation.ts';
import { continueRevokeAll } from './revoke-all.ts';

const failed = 'A step failed in the server and is tried again in a minute: see its log.';

/** Carries every running operation on, a step at a time. */
export function operationsWorkers(context: Context): readonly Worker[] {
  return [{ name: 'operations', wokenBy: [], run: async (signal) => continueAll(context, signal) }];
}

/** One that fails does not keep the others waiting. @returns whether one of them may go on at once */
export async function continueAll(context: Context, signal: AbortSignal): Promise<boolean> {
  let more = false;
  let operation = await claimOperation(context, undefined);
  while (operation !== undefined && !signal.aborted) {
    const { id } = operation;
    try {
      if (await continueOne(context, operation, signal)) more = true;
      await letGoOf(context.db, id);
    } catch (error) {
      if (signal.aborted) {
        await letGoOf(context.db, id);
        throw error;
      }
      // It stays claimed for a while: nobody tries again at once.
      context.log.error({ err: error, operation: id }, 'an operation failed and is tried again');
      await recordProgress(context.db, id, { waitsFor: failed });
    }
    operation = await claimOperation(context, operation.id);
  }
  return more;
}

async function continueOne(
  context: Context,
  operation: Operation,
  signal: AbortSignal,
): Promise<boolean> {
  return operation.kind === 'revokeAll'
    ? continueRevokeAll(context, operation)
    : continueDeletion(context, operation, signal);
}
