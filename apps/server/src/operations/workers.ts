import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { continueDeletion } from './delete-token.ts';
import { claimOperation, letGoOf, type Operation } from './operation.ts';
import { continueRevokeAll } from './revoke-all.ts';

/** Carries every running operation on, a step at a time. */
export function operationsWorkers(context: Context): readonly Worker[] {
  return [{ name: 'operations', wokenBy: [], run: async (signal) => continueAll(context, signal) }];
}

/** @returns whether one of them may go on at once */
export async function continueAll(context: Context, signal: AbortSignal): Promise<boolean> {
  let more = false;
  let operation = await claimOperation(context, undefined);
  while (operation !== undefined && !signal.aborted) {
    try {
      if (await continueOne(context, operation, signal)) more = true;
    } finally {
      await letGoOf(context.db, operation.id);
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
