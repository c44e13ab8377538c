import { until } from './http.ts';
import type { DemoDevice, DemoOrganization } from './organization.ts';
import { type Scene, type Told, findApp, total } from './scene.ts';
import { tellSecondChapter } from './second-chapter.ts';

/**
 * The main job, from nothing to installed apps, and what changes afterwards.
 *
 * @param onAssigning called when the devices are enrolled and licenses are about to move
 */
export async function tellStory(scene: Scene, onAssigning: () => void): Promise<Told> {
  const { allotment, apple, organizations, say } = scene;
  const titles = new Map((await apple.titles()).map((title) => [title.adamId, title]));
  const bundleIds = new Map([...titles].map(([adamId, title]) => [adamId, title.bundleId]));
  await allotment.uploadPushCertificate(await apple.pushCertificate());
  const uIds = new Map<string, string>();
  for (const organization of organizations) {
    const founded = await apple.found(organization);
    uIds.set(organization.tokenName, founded.uId);
    await apple.makeDevices(organization.devices, founded.personIds, bundleIds);
    await allotment.uploadToken(organization, founded.token);
    say(`${organization.name}: content token uploaded`);
  }
  await syncedOnce(scene);
  await knowPeople(scene);
  await enrollDevices(scene);
  onAssigning();
  await groupAndAssign(scene);
  await unlockDevices(scene);
  await settled(scene);
  const told = { titles, uIds };
  await tellSecondChapter(scene, told);
  await settled(scene);
  return told;
}

async function syncedOnce({ allotment, organizations, say }: Scene): Promise<void> {
  await until('the first sync of every token', 120_000, async () => {
    const tokens = await allotment.tokens();
    const done = tokens.filter((token) => token.lastSyncStatus === 'completed');
    return done.length === organizations.length ? true : undefined;
  });
  const [apps, books] = [await allotment.apps(), await allotment.books()];
  say(`${apps.length} apps and ${books.length} books mirrored`);
}

export const principalName = (organization: DemoOrganization, name: string): string =>
  `${name.toLowerCase().replace(' ', '.')}@${organization.domain}`;

async function knowPeople({ allotment, organizations, say }: Scene): Promise<void> {
  for (const organization of organizations) {
    await allotment.importCsv(
      'people',
      'userPrincipalName,displayName,department',
      organization.people.map(
        (person) =>
          `${principalName(organization, person.name)},${person.name},${person.department}`,
      ),
    );
  }
  say(`${organizations.reduce((sum, one) => sum + one.people.length, 0)} people imported from CSV`);
}

interface Owned {
  readonly organization: DemoOrganization;
  readonly device: DemoDevice;
}

const devicesAtOnce = 25;
const mostRounds = 10;

/** Enrolls every device by a link of its own; whoever failed on the way (a link is good once) gets a new one. */
async function enrollDevices(scene: Scene): Promise<void> {
  const { allotment, organizations, say } = scene;
  const devices = organizations.flatMap((organization) =>
    organization.devices.map((device): Owned => ({ organization, device })),
  );
  let left: readonly Owned[] = devices;
  for (let round = 1; left.length > 0; round += 1) {
    if (round > mostRounds) throw new Error(`${left.length} devices did not enroll.`);
    for (let start = 0; start < left.length; start += devicesAtOnce) {
      await enrollSome(scene, left.slice(start, start + devicesAtOnce));
    }
    left = await until('the devices to be managed', 120_000 + scene.patienceMs, async () => {
      const managed = await allotment.managedSerialNumbers();
      const enrolled = await scene.apple.enrolledSerialNumbers();
      const missing = devices.filter(({ device }) => !managed.has(device.serialNumber));
      // A device that is enrolled on its side tells the server by itself, sooner or later.
      return missing.some(({ device }) => enrolled.has(device.serialNumber)) ? undefined : missing;
    });
  }
  say(`${devices.length} devices enrolled`);
}

async function enrollSome({ allotment, apple }: Scene, some: readonly Owned[]): Promise<void> {
  const urls = await allotment.enrollmentLinks(
    some.map(({ organization, device }) =>
      device.personName === undefined
        ? {}
        : { userPrincipalName: principalName(organization, device.personName) },
    ),
  );
  await apple.enroll(
    some.map(({ device }, i) => ({ serialNumber: device.serialNumber, url: urls[i] ?? '' })),
  );
}

async function groupAndAssign({ allotment, organizations, say }: Scene): Promise<void> {
  for (const organization of organizations) {
    await allotment.importCsv(
      'groups',
      'group,memberUserPrincipalName,memberSerialNumber',
      organization.groups.flatMap((group) => [
        ...group.people.map((name) => `${group.name},${principalName(organization, name)},`),
        ...group.serialNumbers.map((serial) => `${group.name},,${serial}`),
      ]),
    );
  }
  const groupIds = await allotment.groupIds();
  const apps = await allotment.apps();
  const tokens = new Map((await allotment.tokens()).map((token) => [token.displayName, token.id]));
  let assigned = 0;
  for (const organization of organizations) {
    for (const [adamId, groups] of groupsByApp(organization)) {
      const app = findApp(apps, tokens.get(organization.tokenName), adamId);
      await allotment.assignRequired(
        app.id,
        groups.map((name) => groupIds.get(name) ?? ''),
      );
      assigned += 1;
    }
  }
  say(`${assigned} apps assigned as Required to ${groupIds.size} groups`);
}

/** The apps of an organization with the groups that are to have them; a small one leaves some groups empty. */
export function groupsByApp(
  organization: DemoOrganization,
): ReadonlyMap<string, readonly string[]> {
  const byApp = new Map<string, string[]>();
  for (const group of organization.groups) {
    if (group.people.length + group.serialNumbers.length === 0) continue;
    for (const adamId of group.apps) byApp.set(adamId, [...(byApp.get(adamId) ?? []), group.name]);
  }
  return byApp;
}

async function unlockDevices({ apple, organizations }: Scene): Promise<void> {
  const locked: readonly DemoDevice[] = organizations.flatMap((one) =>
    one.devices.filter((device) => device.lockedAtFirst),
  );
  for (const device of locked) await apple.unlock(device.serialNumber);
}

/** Until nothing is under way any more: no open change, no request in flight, no install pending. */
async function settled(scene: Scene): Promise<void> {
  const { allotment, say, patienceMs } = scene;
  let last = '';
  try {
    await until('licenses and installs to settle', 120_000 + patienceMs, async () => {
      const [tokens, apps] = [await allotment.tokens(), await allotment.apps()];
      const open = tokens.reduce(
        (sum, { location }) => sum + location.openChanges + location.requestsInFlight,
        0,
      );
      const [held, installed, pending] = [
        total(apps, 'held'),
        total(apps, 'installed'),
        total(apps, 'pending'),
      ];
      const line = `held ${held}, installed ${installed}, pending ${pending}`;
      if (line !== last) say(line);
      last = line;
      return open === 0 && held > 0 && pending === 0 ? true : undefined;
    });
  } catch (error) {
    for (const row of await pendingRows(scene)) say(`pending: ${row}`);
    throw error;
  }
}

async function pendingRows({ allotment }: Scene): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const app of await allotment.apps()) {
    if (app.pending === 0) continue;
    const statuses = await allotment.statuses(app.id);
    rows.push(
      ...statuses
        .filter((row) => row.installState === 'pendingInstall')
        .map((row) => `${app.name}: ${JSON.stringify(row)}`),
    );
  }
  return rows.slice(0, 10);
}
