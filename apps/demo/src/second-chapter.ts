import type { AppRow } from './allotment.ts';
import type { AppleTitle, SimulatedDevice } from './apple.ts';
import { until } from './http.ts';
import type { DemoDevice, DemoOrganization, SecondChapter } from './organization.ts';
import { type Scene, type Told, findApp } from './scene.ts';

/** A second chapter, with what it is about on both sides. */
interface Plot {
  readonly organization: DemoOrganization;
  readonly chapter: SecondChapter;
  readonly apps: readonly AppRow[];
  readonly tokenId: string;
  readonly groupIds: ReadonlyMap<string, string>;
}

/**
 * What comes after the first installs: people are invited and get an app and a book by licenses of their own, and an
 * app that a group does not need any more gives its licenses back and goes from the devices.
 */
export async function tellSecondChapter(scene: Scene, told: Told): Promise<void> {
  const { allotment, organizations, say, patienceMs } = scene;
  const [apps, tokens, groupIds] = [
    await allotment.apps(),
    await allotment.tokens(),
    await allotment.groupIds(),
  ];
  const plots = organizations.flatMap((organization): Plot[] => {
    const { second: chapter, tokenName } = organization;
    const tokenId = tokens.find((token) => token.displayName === tokenName)?.id;
    return chapter === undefined || tokenId === undefined
      ? []
      : [{ organization, chapter, apps, tokenId, groupIds }];
  });
  for (const plot of plots) await change(scene, plot);
  let open: readonly string[] = [];
  try {
    await until('the second chapter to end', 120_000 + patienceMs, async () => {
      await releaseBrakes(scene);
      const devices = await scene.apple.devices();
      open = plots.flatMap(({ organization }) => unfinished(organization, told, devices));
      return open.length === 0 ? true : undefined;
    });
  } catch (error) {
    for (const line of open.slice(0, 10)) say(`missing: ${line}`);
    throw error;
  }
  const people = plots.reduce((sum, { chapter }) => sum + chapter.people.length, 0);
  say(`${people} people accepted their invitations and have an app and a book`);
}

/** Kept as an administrator would: one save a title. */
async function change({ allotment, say }: Scene, plot: Plot): Promise<void> {
  const { organization, chapter, apps, tokenId, groupIds } = plot;
  const groupId = groupIds.get(chapter.group);
  if (groupId !== undefined) {
    const { id } = findApp(apps, tokenId, chapter.app);
    await allotment.assignRequired(id, [groupId], 'user');
    await allotment.assignBook(chapter.book, groupId);
    say(`${organization.name}: an app and a book for the people of ${chapter.group}`);
  }
  const gone = findApp(apps, tokenId, chapter.dropped);
  await allotment.assignRequired(gone.id, []);
  say(`${organization.name}: ${gone.name} is not needed any more`);
}

/** Many licenses go back only once a person has said that it is meant so. */
async function releaseBrakes({ allotment, say }: Scene): Promise<void> {
  for (const { displayName, locationUid, location } of await allotment.tokens()) {
    if (location.brake === null || location.brake.waiting === 0) continue;
    say(`${displayName}: the brake holds ${location.brake.waiting} licenses, and is released`);
    await allotment.releaseBrake(locationUid);
  }
}

/** What of an organization's second chapter has not come true yet, in sentences. */
export function unfinished(
  { second, devices }: DemoOrganization,
  { titles }: Told,
  simulated: readonly SimulatedDevice[],
): readonly string[] {
  if (second === undefined) return [];
  const bundleOf = (adamId: string): string | undefined => titles.get(adamId)?.bundleId;
  const onDevice = (device: DemoDevice): SimulatedDevice | undefined =>
    simulated.find((one) => one.serialNumber === device.serialNumber);
  const has = (device: DemoDevice, adamId: string): boolean =>
    onDevice(device)?.apps.some((app) => app.managed && app.bundleId === bundleOf(adamId)) === true;
  const theirs = devices.filter(({ personName }) => second.people.includes(personName ?? ''));
  return [
    ...theirs
      .filter((device) => !has(device, second.app))
      .map((device) => `${device.name} lacks the app`),
    ...theirs
      .filter(
        (device) => onDevice(device)?.books.some((book) => book.state === 'Installed') !== true,
      )
      .map((device) => `${device.name} lacks the book`),
    ...devices
      .filter((device) => has(device, second.dropped))
      .map((device) => `${device.name} still has ${nameOf(titles.get(second.dropped))}`),
  ];
}

const nameOf = (title: AppleTitle | undefined): string => title?.name ?? 'the app';
