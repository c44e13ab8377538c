import { alertsWorkers } from './alerts/workers.ts';
import { associationsWorkers } from './associations/workers.ts';
import type { Context } from './context.ts';
import { deliveryWorkers } from './delivery/workers.ts';
import { devicesWorkers } from './devices/workers.ts';
import { grantsWorkers } from './grants/workers.ts';
import { libraryWorkers } from './library/workers.ts';
import { operationsWorkers } from './operations/workers.ts';
import type { Worker } from './schedule/worker.ts';

/**
 * Every worker of this process.
 *
 * @param processId names this process where it takes a lease
 */
export function createWorkers(context: Context, processId: string): readonly Worker[] {
  return [
    ...libraryWorkers(context),
    ...devicesWorkers(context),
    ...grantsWorkers(context),
    ...associationsWorkers(context, processId),
    ...deliveryWorkers(context),
    ...operationsWorkers(context),
    ...alertsWorkers(context),
  ];
}
