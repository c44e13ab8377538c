import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { askDueAppLists, askDueInventories } from './inventory.ts';
import { PushSender } from './push.ts';

/** Wakes devices, and asks each of them once a day what it runs, and every eight hours for its managed apps. */
export function devicesWorkers(context: Context): readonly Worker[] {
  const sender = new PushSender(context);
  return [
    { name: 'devices: push', wokenBy: ['devices'], run: async (signal) => sender.run(signal) },
    {
      name: 'devices: inventory',
      wokenBy: [],
      run: async () => (await askDueInventories(context)) || askDueAppLists(context),
    },
  ];
}
