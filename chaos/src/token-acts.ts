import type { Act } from './act.ts';
import { keyOf, readAssigned } from './at-apple.ts';
import type { Organization } from './organization.ts';
import { saveAssignments } from './save.ts';
import { allowRefusal } from './refusal.ts';
import type { Stage } from './stage.ts';
import { bringBack, readOperations, readTokens } from './tokens.ts';

/** All licenses of a location are taken back, and nothing is granted there until somebody opens it again. */
export const revokeAll: Act = async (stage, { locations, fleet, keepsApps }, random) => {
  const { tokenId } = random.pick(locations);
  if (!random.chance(0.8)) return;
  for (const { serialNumber } of fleet) keepsApps.add(serialNumber);
  const { licenses } = await stage.api.json<{ licenses: { ours: number } }>(
    'GET',
    `/api/tokens/${tokenId}/revoke-plan`,
  );
  await stage.api.text('POST', `/api/tokens/${tokenId}/revoke-licenses`, {
    reason: 'chaos',
    agreed: licenses.ours,
  });
};

export const reopen: Act = async (stage, organization) => reopenRevoked(stage, organization);

/** Opens every location again whose licenses have all been taken back. */
export async function reopenRevoked(stage: Stage, { locations }: Organization): Promise<void> {
  const operations = await readOperations(stage);
  const tokens = await readTokens(stage);
  for (const { uId } of locations) {
    const isClosed = tokens.some((one) => one.locationUid === uId && one.location.closed !== null);
    if (isClosed && operations.get(uId)?.state !== 'running')
      await stage.api.text('POST', `/api/locations/${uId}/reopen`, { reason: 'chaos' });
  }
}

/** The token of a location is deleted: its apps disappear, what Apple has assigned and what devices have stays. */
export const deleteToken: Act = async (stage, { locations, apps, fleet, keepsApps }, random) => {
  const location = random.pick(locations);
  const { uId, tokenId } = location;
  if (!random.chance(0.5) || apps.some((app) => app.uId === uId && app.deleted)) return;
  for (const { serialNumber } of fleet) keepsApps.add(serialNumber);
  await stage.api.text('POST', `/api/tokens/${tokenId}/delete`, { reason: 'chaos' });

  location.silences.push({ from: stage.clock.now, until: Number.POSITIVE_INFINITY });
  for (const app of apps.filter((one) => one.uId === uId)) {
    app.deleted = true;
    app.asked.clear();
  }
};

export const uploadAgain: Act = async (stage, organization) => restoreDeleted(stage, organization);

/** Locations whose token was deleted get one again, and what their apps were assigned to before. */
export async function restoreDeleted(stage: Stage, organization: Organization): Promise<void> {
  const gone = new Set(organization.apps.flatMap((app) => (app.deleted ? [app.uId] : [])));
  for (const location of organization.locations.filter(({ uId }) => gone.has(uId)))
    for (const app of await bringBack(stage, organization, location)) {
      const assigned = (await readAssigned(stage, [location])).get(keyOf(app)) ?? new Map();
      for (const [holder, { eventId }] of assigned)
        if (eventId !== undefined) app.history.add(holder);
      const before = app.wishes;
      app.wishes = new Map();
      await allowRefusal(saveAssignments(stage, app, before));
    }
}
