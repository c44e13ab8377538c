import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { commandAlerts } from './command-alerts.ts';
import { deviceAlerts } from './device-alerts.ts';
import { dueSources, keepAlerts } from './keep.ts';
import { licenseAlerts } from './license-alerts.ts';
import { locationAlerts } from './location-alerts.ts';
import type { AlertSource } from './source.ts';
import { tokenAlerts } from './token-alerts.ts';

/** Every kind of alert; who adds one adds its source here. */
const sources: readonly AlertSource[] = [
  ...tokenAlerts,
  ...licenseAlerts,
  ...locationAlerts,
  ...deviceAlerts,
  ...commandAlerts,
];

/** Looks for what somebody should know, and forgets alerts that are long over. */
export function alertsWorkers(context: Context): readonly Worker[] {
  return [
    {
      name: 'alerts',
      wokenBy: [],
      run: async () => {
        for (const source of await dueSources(context, sources)) await keepAlerts(context, source);
        return false;
      },
    },
  ];
}
