import type { Act } from './act.ts';
import { befall } from './fleet.ts';
import {
  type Group,
  type LicenseType,
  type Organization,
  type Wish,
  referenceTo,
} from './organization.ts';
import { ask, handOn, someoneLeaves, takeAway, withdraw } from './people-acts.ts';
import type { Random } from './random.ts';
import { allowRefusal } from './refusal.ts';
import { saveAssignments } from './save.ts';
import type { Stage } from './stage.ts';
import { deleteToken, reopen, revokeAll, uploadAgain } from './token-acts.ts';
import { renew } from './tokens.ts';

/** People get licenses of their own as often as ones for their devices. */
function drawLicenseType({ of }: Group, random: Random): LicenseType {
  return random.chance(of === 'people' ? 0.6 : 0.15) ? 'user' : 'device';
}

const assign: Act = async (stage, { apps, groups }, random) => {
  const app = random.pick(apps);
  const group = random.pick(groups);
  const others: readonly Wish['intent'][] =
    group.of === 'people' ? ['available', 'excluded', 'uninstall'] : ['excluded', 'uninstall'];
  const intent = random.chance(0.7) ? 'required' : random.pick(others);
  const wish = { intent, licenseType: drawLicenseType(group, random) };
  await saveAssignments(stage, app, new Map([...app.wishes, [group.id, wish]]));
};

/** Everything is wanted at once. */
const assignMuch: Act = async (stage, { apps, groups }, random) => {
  await Promise.all(
    apps.map(async (app) => {
      const wanted = random.sample(groups, random.integer(1, groups.length));
      const required = (group: Group): Wish => ({
        intent: 'required',
        licenseType: drawLicenseType(group, random),
      });
      await saveAssignments(
        stage,
        app,
        new Map(wanted.map((group) => [group.id, required(group)])),
      );
    }),
  );
};

/** What devices had becomes their owners', or the other way round. */
const changeLicenseType: Act = async (stage, { apps }, random) => {
  const assigned = apps.filter(({ wishes }) => wishes.size > 0);
  if (assigned.length === 0) return;
  const app = random.pick(assigned);
  const licenseType = random.pick(['device', 'user'] as const);
  await saveAssignments(
    stage,
    app,
    new Map([...app.wishes].map(([id, wish]) => [id, { ...wish, licenseType }])),
  );
};

const unassign: Act = async (stage, { apps }, random) => {
  const assigned = apps.filter((app) => app.wishes.size > 0);
  if (assigned.length === 0) return;
  const app = random.pick(assigned);
  const gone = random.pick([...app.wishes.keys()]);
  await saveAssignments(stage, app, new Map([...app.wishes].filter(([id]) => id !== gone)));
};

/** Taken away and given again before anything could come of it. */
const changeMind: Act = async (stage, organization, random) => {
  const app = random.pick(organization.apps);
  const before = app.wishes;
  await saveAssignments(stage, app, new Map());
  await stage.tick(random.pick([1_000, 4_000, 10_000]));
  await saveAssignments(stage, app, before);
};

/** Some devices or people join or leave a group, all at once. */
const move: Act = async (stage, { groups, devices, people }, random) => {
  const group = random.pick(groups);
  const candidates =
    group.of === 'devices'
      ? devices.map((device) => ({ member: device.serialNumber, id: device.directoryId }))
      : people.filter(({ left }) => !left).map(({ id }) => ({ member: id, id }));
  await Promise.all(
    random.sample(candidates, random.integer(1, 6)).map(async ({ member, id }) => {
      const path = `/beta/groups/${group.id}/members`;
      if (group.members.has(member)) {
        await stage.api.text('DELETE', `${path}/${id}/$ref`);
        group.members.delete(member);
      } else {
        await stage.api.text('POST', `${path}/$ref`, { '@odata.id': referenceTo(id) });
        group.members.add(member);
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

/** The licenses of some devices, or of some people, are taken back by hand. */
const revoke: Act = async (stage, { apps, devices, people, keepsApps, clientUserIds }, random) => {
  const { id } = random.pick(apps);
  const some = random.sample(devices, 3);
  const known = people.filter((person) => clientUserIds.has(person.id));
  const ofPeople = known.length > 0 && random.chance(0.4) ? random.sample(known, 2) : [];
  const touched = ofPeople.length > 0 ? devices.filter(({ owner }) => owner !== undefined) : some;
  for (const { serialNumber } of touched) keepsApps.add(serialNumber);
  const whose =
    ofPeople.length > 0
      ? { personIds: ofPeople.map((person) => person.id) }
      : { serialNumbers: some.map(({ serialNumber }) => serialNumber) };
  await stage.api.text('POST', `/api/apps/${id}/revoke-licenses`, { reason: 'chaos', ...whose });
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
  [4, rotateBearer],
  [1, revokeAll],
  [2, reopen],
  [1, deleteToken],
  [3, uploadAgain],
];
/** What is done besides where there are people. */
const actsWithPeople: readonly (readonly [weight: number, act: Act])[] = [
  ...acts,
  [3, changeLicenseType],
  [3, handOn],
  [1, takeAway],
  [1, someoneLeaves],
  [3, ask],
  [1, withdraw],
];
const weighed = (list: typeof acts): readonly Act[] =>
  list.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));
const chances = weighed(acts);
const chancesWithPeople = weighed(actsWithPeople);

/** One thing that an administrator does, or that befalls a device; time goes on while the server must ask Apple for it. */
export async function act(stage: Stage, organization: Organization, random: Random): Promise<void> {
  const { fleet, people } = organization;
  if (fleet.length > 0 && random.chance(0.3)) return befall(stage, organization, random);
  const drawn = random.pick(people.length > 0 ? chancesWithPeople : chances);
  await allowRefusal(stage.during(drawn(stage, organization, random)));
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
