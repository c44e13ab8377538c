import { fleetOf } from './fleet.ts';
import type { Violation } from './judge.ts';
import type { Organization } from './organization.ts';
import type { Stage } from './stage.ts';
import { keptBy, wantedBy } from './wishes.ts';

interface Shown {
  readonly serialNumber: string;
  readonly license: { readonly state: string };
}

/**
 * Compares what the enrolled devices have with what is wanted there, now that nothing goes wrong any more: who has the
 * license has the app, and what nobody wants is not there. Where a license was taken away by hand, or with
 * its person, the app stays.
 *
 * @returns what is not as it should be; more time may still mend it
 */
export async function compareFleet(
  stage: Stage,
  organization: Organization,
): Promise<readonly Violation[]> {
  if (organization.fleet.length === 0) return [];
  const devices = await fleetOf(stage);
  const found: Violation[] = [];
  for (const { adamId, bundleId } of organization.titles) {
    const apps = organization.apps.filter((app) => app.adamId === adamId && !app.deleted);
    const licensed = new Set<string>();
    for (const app of apps) {
      const { value } = await stage.api.json<{ value: Shown[] }>(
        'GET',
        `/api/apps/${app.id}/devices?top=1000`,
      );
      for (const { serialNumber, license } of value)
        if (license.state === 'held' || license.state === 'found') licensed.add(serialNumber);
    }
    const wanted = new Set(apps.flatMap((app) => [...wantedBy(app, organization)]));
    const kept = new Set(apps.flatMap((app) => [...keptBy(app, organization)]));
    for (const { serialNumber, apps: installed } of devices) {
      const app = installed.find((one) => one.bundleId === bundleId);
      const isThere = app !== undefined && app.installed && app.managed;
      const add = (rule: string): number =>
        found.push({
          rule,
          pair: `any/${adamId}/STDQ ${serialNumber}`,
          detail: `on the device: ${JSON.stringify(app)}`,
        });
      if (wanted.has(serialNumber) && licensed.has(serialNumber) && !isThere) add('notInstalled');
      const mayStay =
        organization.keepsApps.has(serialNumber) ||
        (kept.has(serialNumber) && licensed.has(serialNumber));
      if (isThere && !wanted.has(serialNumber) && !mayStay) add('notRemoved');
    }
  }
  return found;
}
