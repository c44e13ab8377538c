import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { FleetStage } from '../support/fleet-stage.ts';
import { sameValue } from '../support/stage.ts';

const HOUR = 60 * 60_000;
const tokens = '/beta/deviceAppManagement/vppTokens';
const keynote = '361285480';
const keynoteForMac = '409183694';
const testFlight = '899247664';
const chat = '3300000001';

let stage: FleetStage;
/** Enrolled before time goes on: a device takes no identity that is made tomorrow. */
const devices = new Map<string, string>();

beforeAll(async () => {
  stage = await FleetStage.open();
  for (const family of ['Mac', 'AppleTV', 'Vision', 'iPhone'])
    devices.set(family, await stage.device({ family }));
  const title = { adamId: chat, bundleId: 'org.example.chat', name: 'Chat', runsOn: 'pitv' };
  await stage.harness.apple.post('/_control/titles', { titles: [title] });
  const bought = [keynote, keynoteForMac, testFlight, chat];
  await stage.buy(bought.map((adamId) => ({ adamId, quantity: 20 })));
  const { value } = await stage.harness.api.get<{ value: { id: string }[] }>(tokens);
  await stage.harness.api.patch(`${tokens}/${value[0]?.id}`, { automaticallyUpdateApps: true });
  await stage.harness.api.post(`${tokens}/${value[0]?.id}/syncLicenses`, {});
  const known = async (): Promise<boolean> => {
    const all = [...(await stage.apps()), ...(await stage.apps('macos'))];
    return bought.every((adamId) => all.some((app) => app.adamId === adamId));
  };
  await vi.waitFor(async () => sameValue(await known(), true), 60_000);
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** Titles, and the devices that are to have them. */
const wanted = [
  { adamId: keynoteForMac, platform: 'macos', families: ['Mac'] },
  { adamId: testFlight, platform: 'ios', families: ['AppleTV'] },
  { adamId: keynote, platform: 'ios', families: ['Vision'] },
  { adamId: chat, platform: 'ios', families: ['AppleTV', 'Vision'] },
] as const;

const serialNumbers = (families: readonly string[]): string[] =>
  families.map((family) => devices.get(family) ?? '');

/** The version of each wanted app on each device that is to have it; null where it is not there. */
async function versions(): Promise<readonly (number | null)[]> {
  const titles = await stage.harness.context.db
    .selectFrom('library.title')
    .select(['adamId', 'bundleId'])
    .execute();
  const all = wanted.map(async ({ adamId, families }) => {
    const bundleId = titles.find((title) => title.adamId === adamId)?.bundleId;
    const fleet = await Promise.all(serialNumbers(families).map((one) => stage.simulated(one)));
    return fleet.map(({ apps }) => {
      const app = apps.find((one) => one.bundleId === bundleId);
      return app?.installed === true ? app.externalVersionId : null;
    });
  });
  return (await Promise.all(all)).flat();
}

async function publish(adamId: string): Promise<number> {
  const { externalVersionId } = await stage.harness.apple.post<{ externalVersionId: number }>(
    `/_control/titles/${adamId}/update`,
    {},
  );
  return externalVersionId;
}

async function stand(state: string): Promise<void> {
  for (const { adamId, families } of wanted)
    for (const one of serialNumbers(families)) await stage.stands(one, adamId, state);
}

it('gives a Mac, an Apple TV and a Vision Pro their apps, updates them, and takes them off', async () => {
  for (const { adamId, platform, families } of wanted)
    await stage.want(adamId, serialNumbers(families), { platform });
  await stand('installed');
  expect(await versions()).not.toContain(null);

  const published: number[] = [];
  for (const { adamId, families } of wanted) {
    const version = await publish(adamId);
    published.push(...families.map(() => version));
  }
  await stage.comes(HOUR, versions, published);
  await stand('installed');

  for (const { adamId, platform, families } of wanted)
    await stage.want(adamId, serialNumbers(families), { platform, intent: 'uninstall' });
  await stand('removed');
  expect(await versions()).toEqual(published.map(() => null));
  for (const { adamId, platform } of wanted)
    await stage.comes(60_000, async () => (await stage.app(adamId, platform)).held, 0);
});

it.each([
  ['Mac', keynote, 'ios'],
  ['AppleTV', keynote, 'ios'],
  ['Vision', testFlight, 'ios'],
  ['iPhone', keynoteForMac, 'macos'],
] as const)(
  '(%s) takes no license of the app %s for other devices',
  async (family, adamId, platform) => {
    const serialNumber = devices.get(family) ?? '';
    await stage.want(adamId, [serialNumber], { platform });
    await stage.passes(60_000);
    expect(await stage.task(serialNumber, adamId)).toBeUndefined();
    expect(await stage.app(adamId, platform)).toMatchObject({ held: 0, changing: 0, waiting: 0 });
  },
);
