import { befall } from './fleet.ts';
import { type App, type Organization, type Wish, referenceTo } from './organization.ts';
import type { Random } from './random.ts';
import { allowRefusal } from './refusal.ts';
import type { Stage } from './stage.ts';

/** What an administrator does, with the outcome written into the organization. */
type Act = (stage: Stage, organization: Organization, random: Random) => Promise<void>;

/** Saves the assignments of an app anew. */
async function save(stage: Stage, app: App, wishes: ReadonlyMap<string, Wish>): Promise<void> {
  await stage.api.text('PUT', `/api/apps/${app.id}/assignments`, {
    assignments: [...wishes].map(([groupId, wish]) => ({
      target: { kind: wish === 'excluded' ? 'exclusionGroup' : 'group', groupId },
      intent: wish === 'uninstall' ? 'uninstall' : 'required',
      licenseType: 'device',
    })),
  });
  app.wishes = wishes;
}

const assign: Act = async (stage, { apps, groups }, random) => {
  const app = random.pick(apps);
  const wish: Wish = random.chance(0.75) ? 'required' : random.pick(['excluded', 'uninstall']);
  await save(stage, app, new Map([...app.wishes, [random.pick(groups).id, wish]]));
};

/** Everything is wanted at once. */
const assignMuch: Act = async (stage, { apps, groups }, random) => {
  await Promise.all(
    apps.map(async (app) => {
      const wanted = random.sample(groups, random.integer(1, groups.length));
      await save(stage, app, new Map(wanted.map(({ id }) => [id, 'required'])));
    }),
  );
};

const unassign: Act = async (stage, { apps }, random) => {
  const assigned = apps.filter((app) => app.wishes.size > 0);
  if (assigned.length === 0) return;
  const app = random.pick(assigned);
  const gone = random.pick([...app.wishes.keys()]);
  await save(stage, app, new Map([...app.wishes].filter(([id]) => id !== gone)));
};

/** Taken away and given again before anything could come of it. */
const changeMind: Act = async (stage, organization, random) => {
  const app = random.pick(organization.apps);
  const before = app.wishes;
  await save(stage, app, new Map());
  await stage.tick(random.pick([1_000, 4_000, 10_000]));
  await save(stage, app, before);
};

/** Some devices join or leave a group, all at once. */
const move: Act = async (stage, { groups, devices }, random) => {
  const group = random.pick(groups);
  await Promise.all(
    random.sample(devices, random.integer(1, 6)).map(async (device) => {
      const path = `/beta/groups/${group.id}/members`;
      if (group.members.has(device.serialNumber)) {
        await stage.api.text('DELETE', `${path}/${device.directoryId}/$ref`);
        group.members.delete(device.serialNumber);
      } else {
        await stage.api.text('POST', `${path}/$ref`, { '@odata.id': referenceTo(device) });
        group.members.add(device.serialNumber);
      }
    }),
  );
};

const buy: Act = async (stage, { apps }, random) => {
  const { uId, adamId } = random.pick(apps);
  const purchases = [{ adamId, quantity: random.integer(1, 4) }];
  await stage.apple.text('POST', '/_control/purchases', { uId, purchases });
};

const syncNow: Act = async (stage, { locations }, random) => {
  const { tokenId } = random.pick(locations);
  await stage.api.text('POST', `/beta/deviceAppManagement/vppTokens/${tokenId}/syncLicenses`);
};

const pauseOrResume: Act = async (stage, { locations }, random) => {
  const { uId } = random.pick(locations);
  const verb = random.pick(['pause', 'resume']);
  await stage.api.text('POST', `/api/locations/${uId}/${verb}`, { reason: 'chaos' });
};

const revoke: Act = async (stage, { apps, devices, revoked }, random) => {
  const { id } = random.pick(apps);
  const serialNumbers = random.sample(devices, 3).map((device) => device.serialNumber);
  for (const serialNumber of serialNumbers) revoked.add(serialNumber);
  await stage.api.text('POST', `/api/apps/${id}/revoke-licenses`, {
    reason: 'chaos',
    serialNumbers,
  });
};

/** What Apple sent with the bearer before is still to be taken. */
const rotateBearer: Act = async (stage, { locations }, random) => {
  const { uId } = random.pick(locations);
  const path = `/api/locations/${uId}/rotate-notification-secret`;
  await stage.api.text('POST', path, { reason: 'chaos' });
};

const renewToken: Act = async (stage, { locations }, random) => {
  await renew(stage, random.pick(locations));
};

/** Uploads a fresh file into a token. */
export async function renew(
  stage: Stage,
  { uId, tokenId }: { readonly uId: string; readonly tokenId: string },
): Promise<void> {
  const token = await stage.apple.text('POST', '/_control/tokens', { uId });
  await stage.api.text('PATCH', `/beta/deviceAppManagement/vppTokens/${tokenId}`, { token });
}

const acts: readonly (readonly [weight: number, act: Act])[] = [
  [5, assign],
  [2, assignMuch],
  [3, unassign],
  [4, changeMind],
  [8, move],
  [2, buy],
  [1, syncNow],
  [1, pauseOrResume],
  [1, revoke],
  [1, renewToken],
  [2, rotateBearer],
];
const chances = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));

/** One thing that an administrator does, or that befalls a device; time goes on while the server must ask Apple for it. */
export async function act(stage: Stage, organization: Organization, random: Random): Promise<void> {
  const { fleet, titles } = organization;
  if (fleet.length > 0 && random.chance(0.3)) return befall(stage, fleet, titles, random);
  await allowRefusal(stage.during(random.pick(chances)(stage, organization, random)));
  organization.wishes.note(organization, stage.clock.now);
}

/** The first thing in every schedule: something is wanted. */
export async function begin(
  stage: Stage,
  organization: Organization,
  random: Random,
): Promise<void> {
  await assignMuch(stage, organization, random);
  organization.wishes.note(organization, stage.clock.now);
}
