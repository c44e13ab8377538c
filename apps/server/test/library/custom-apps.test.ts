import { expect, it, vi } from 'vitest';
import { startHarness } from '../support/harness.ts';
import { TestOrganization } from '../support/organization.ts';
import { assetsOf, holdersOf, synced, TestApple, upload } from './support/library.ts';

const custom = {
  adamId: '900300001',
  name: 'House rules',
  bundleId: 'org.example.rules',
  custom: true,
};

it('[brief 13] a custom app appears like any other, and is assigned like any other', async () => {
  await using harness = await startHarness();
  const { context, api } = harness;
  const apple = new TestApple(harness);
  await apple.control('titles', { titles: [custom] });
  const location = await apple.location('Custom');
  await apple.buy(location, custom.adamId, 3);
  const tokenId = await upload(context, await apple.tokenFile(location));
  await synced(context, tokenId);
  const { value: apps } = await api.get<{ value: { id: string }[] }>('/api/apps');
  const { adamId, name, bundleId } = custom;
  expect(apps).toMatchObject([{ tokenId, adamId, name, bundleId, isCustomApp: true, owned: 3 }]);

  const organization = new TestOrganization(context);
  const [groupId, device] = [await organization.group(), await organization.device('C0CUSTOM1')];
  await organization.join(groupId, { deviceId: device.directoryId });
  await api.put(`/api/apps/${apps[0]?.id}/assignments`, {
    assignments: [
      { target: { kind: 'group', groupId }, intent: 'required', licenseType: 'device' },
    ],
  });
  const [asset] = await assetsOf(context, location.uId);
  await vi.waitFor(
    async () => expect(await holdersOf(context, asset?.id ?? 0)).toEqual(['C0CUSTOM1']),
    { timeout: 60_000, interval: 50 },
  );
});
