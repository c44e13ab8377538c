import { until } from '@allotment/demo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../support/harness.ts';

interface Entity {
  readonly id: string;
  readonly [name: string]: unknown;
}
interface Collection {
  readonly value: readonly Entity[];
  readonly [name: string]: unknown;
}

const vppTokens = '/beta/deviceAppManagement/vppTokens';
const mobileApps = '/beta/deviceAppManagement/mobileApps';
const keynote = '361285480';
const pages = '361309726';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** An organization at Apple with licenses, and the file of its token. */
async function organization(
  name: string,
  kind: 'business' | 'school',
): Promise<{ file: string; uId: string }> {
  const { apple } = harness;
  const made = await apple.post<{ locations: { uId: string }[] }>('/_control/organizations', {
    name,
    kind,
  });
  const uId = made.locations[0]?.uId ?? '';
  const purchases = [
    { adamId: keynote, quantity: 10 },
    { adamId: pages, quantity: 5 },
  ];
  await apple.post('/_control/purchases', { uId, purchases });
  return { uId, file: await apple.text('/_control/tokens', { uId }) };
}

async function create(
  token: string,
  displayName: string,
  vppTokenAccountType: string,
): Promise<Entity> {
  return harness.api.post<Entity>(vppTokens, {
    '@odata.type': '#microsoft.graph.vppToken',
    appleId: 'apps@example.org',
    automaticallyUpdateApps: true,
    claimTokenManagementFromExternalMdm: false,
    countryOrRegion: 'us',
    dataSharingConsentGranted: true,
    displayName,
    roleScopeTagIds: ['0'],
    token,
    vppTokenAccountType,
  });
}

async function synced(id: string): Promise<Entity> {
  return until('the sync', 20_000, async () => {
    const token = await harness.api.get<Entity>(`${vppTokens}/${id}`);
    return token['lastSyncStatus'] === 'completed' ? token : undefined;
  });
}

describe('content tokens over Graph', () => {
  it('[brief 14] begin with nothing: no token, no app', async () => {
    expect(await harness.api.get(vppTokens)).toMatchObject({ '@odata.count': 0, value: [] });
    expect(await harness.api.get(mobileApps)).toMatchObject({ '@odata.count': 0, value: [] });
  });

  it('are created as scripts create them, and never tell their secret', async () => {
    const { file } = await organization('Elm School', 'school');
    const twice = Buffer.from(file).toString('base64');
    const made = await create(twice, 'Elm', 'Education');
    expect(made).toMatchObject({
      displayName: 'Elm',
      vppTokenAccountType: 'education',
      appleId: 'apps@example.org',
      countryOrRegion: 'us',
      token: null,
    });
    expect(made).not.toHaveProperty('@odata.type');
    expect(await synced(made.id)).toMatchObject({ state: 'valid', lastSyncStatus: 'completed' });
    const old = await harness.api.get<Entity>(`/v1.0/deviceAppManagement/vppTokens('${made.id}')`);
    expect(old).not.toHaveProperty('displayName');
    await expect(create(file, 'Elm again', 'education')).rejects.toMatchObject({ status: 409 });
  });

  it('[brief 1] [brief 49] list their apps with what Apple says is owned, each under its own token', async () => {
    const { file } = await organization('Oak Ltd', 'business');
    const { id } = await create(file, 'Oak', 'business');
    await synced(id);
    const both = await harness.api.get<Collection>(
      `${mobileApps}?$filter=isof('microsoft.graph.iosVppApp')&$orderby=displayName&$expand=assignments`,
    );
    expect(
      both.value.map((app) => [
        app['displayName'],
        app['vppTokenDisplayName'],
        app['totalLicenseCount'],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['Keynote', 'Elm', 10],
        ['Keynote', 'Oak', 10],
        ['Pages', 'Oak', 5],
      ]),
    );
    expect(both.value.every((app) => app['@odata.type'] === '#microsoft.graph.iosVppApp')).toBe(
      true,
    );
    expect(both.value.every((app) => Array.isArray(app['assignments']))).toBe(true);
  });

  it('[brief 19] [brief 42] are synced on request, and show what was bought meanwhile', async () => {
    const { value } = await harness.api.get<Collection>(
      `${vppTokens}?$filter=displayName eq 'oak'`,
    );
    const id = value[0]?.id ?? '';
    const { value: tokens } = await harness.api.get<Collection>('/api/tokens');
    const oak = tokens.find((token) => token.id === id);
    expect(oak).toMatchObject({ displayName: 'Oak', apps: 2, ownedLicenses: 15, sync: null });
    const purchases = [{ adamId: pages, quantity: 3 }];
    await harness.apple.post('/_control/purchases', { uId: oak?.['locationUid'], purchases });
    await harness.api.post(`${vppTokens}/${id}/syncLicenses`);
    const filter = "displayName eq 'Pages' and vppTokenDisplayName eq 'Oak'";
    await until('the bought licenses', 20_000, async () => {
      const apps = await harness.api.get<Collection>(`${mobileApps}?$filter=${filter}`);
      return apps.value[0]?.['totalLicenseCount'] === 8 ? true : undefined;
    });
  });
});

const first = async (): Promise<Entity> => {
  const { value } = await harness.api.get<Collection>(
    `${mobileApps}?$filter=displayName eq 'Pages'&$top=1`,
  );
  const app = value[0];
  if (app === undefined) throw new Error('Pages is not there.');
  return app;
};
const group = async (displayName: string): Promise<Entity> =>
  harness.api.post<Entity>('/v1.0/groups', { displayName });
const wish = (groupId: string, more: object = {}): object => ({
  '@odata.type': '#microsoft.graph.mobileAppAssignment',
  intent: 'Required',
  target: { '@odata.type': 'microsoft.graph.groupAssignmentTarget', groupId },
  settings: {
    '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
    useDeviceLicensing: true,
  },
  ...more,
});

describe('assignments over Graph', () => {
  it('are saved as a whole and shown under ids that scripts know', async () => {
    const [app, staff] = [await first(), await group('Staff')];
    await harness.api.post(`${mobileApps}/${app.id}/assign`, {
      mobileAppAssignments: [wish(staff.id)],
    });
    const { value } = await harness.api.get<Collection>(`${mobileApps}('${app.id}')/assignments`);
    expect(value).toEqual([
      {
        id: `${staff.id}_1_0`,
        intent: 'required',
        source: 'direct',
        sourceId: app.id,
        target: {
          '@odata.type': '#microsoft.graph.groupAssignmentTarget',
          deviceAndAppManagementAssignmentFilterId: null,
          deviceAndAppManagementAssignmentFilterType: 'none',
          groupId: staff.id,
        },
        settings: {
          '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
          useDeviceLicensing: true,
          vpnConfigurationId: null,
          uninstallOnDeviceRemoval: null,
          isRemovable: null,
          preventManagedAppBackup: null,
          preventAutoAppUpdate: null,
        },
      },
    ]);
    expect(await harness.api.get(`${mobileApps}/${app.id}`)).toMatchObject({ isAssigned: true });
    await harness.api.post(`${mobileApps}/${app.id}/assign`, { mobileAppAssignments: [] });
    expect(await harness.api.get(`${mobileApps}/${app.id}/assignments`)).toMatchObject({
      value: [],
    });
  });

  it('keep what they say about the app on its devices [L 37]', async () => {
    const [app, staff] = [await first(), await group('Staff with settings')];
    const settings = {
      '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
      useDeviceLicensing: false,
      vpnConfigurationId: 'A5A2F1D0-5E0B-4C8E-9E5E-3F1B2C3D4E5F',
      uninstallOnDeviceRemoval: true,
      isRemovable: false,
      preventManagedAppBackup: true,
      preventAutoAppUpdate: true,
    };
    await harness.api.post(`${mobileApps}/${app.id}/assign`, {
      mobileAppAssignments: [wish(staff.id, { settings })],
    });
    expect(await harness.api.get(`${mobileApps}/${app.id}/assignments`)).toMatchObject({
      value: [{ settings }],
    });
    await harness.api.post(`${mobileApps}/${app.id}/assign`, { mobileAppAssignments: [] });
  });

  it('keep what Graph has no words for, and what a client leaves out [brief 62]', async () => {
    const [app, staff] = [await first(), await group('Staff with more')];
    const settings = {
      onUnassign: 'keep',
      configuration: { server: 'example.org' },
      preventAutoAppUpdate: true,
    };
    const target = { kind: 'group', groupId: staff.id };
    await harness.api.put(`/api/apps/${app.id}/assignments`, {
      assignments: [{ target, intent: 'required', licenseType: 'user', priority: 4, settings }],
    });
    const saved = async (): Promise<unknown> =>
      (await harness.api.get<{ assignments: unknown[] }>(`/api/apps/${app.id}`)).assignments;
    const assign = async (wished: object): Promise<void> =>
      harness.api.post(`${mobileApps}/${app.id}/assign`, { mobileAppAssignments: [wished] });
    await assign(wish(staff.id, { settings: null }));
    const kept = { licenseType: 'user', priority: 4 };
    expect(await saved()).toMatchObject([{ ...kept, settings }]);
    await assign(wish(staff.id, { settings: { preventAutoAppUpdate: null } }));
    const { preventAutoAppUpdate: _gone, ...rest } = settings;
    expect(await saved()).toEqual([expect.objectContaining({ ...kept, settings: rest })]);
    await harness.api.put(`/api/apps/${app.id}/assignments`, {
      assignments: [{ target, intent: 'required', settings: { onUnassign: null } }],
    });
    expect(await saved()).toEqual([
      expect.objectContaining({ ...kept, settings: { configuration: settings.configuration } }),
    ]);
    await assign(wish(staff.id));
    expect(await saved()).toMatchObject([{ licenseType: 'device', priority: 4 }]);
    await harness.api.post(`${mobileApps}/${app.id}/assign`, { mobileAppAssignments: [] });
  });

  it('are refused as a whole, naming the field and the group', async () => {
    const [app, staff] = [await first(), await group('More staff')];
    const gone = '00000000-0000-4000-8000-000000000000';
    const assign = async (...wishes: object[]) =>
      harness.api.post(`${mobileApps}/${app.id}/assign`, { mobileAppAssignments: wishes });
    await expect(assign(wish(staff.id), wish(gone))).rejects.toThrow(gone);
    await expect(assign(wish(staff.id, { intent: 'availableWithoutEnrollment' }))).rejects.toThrow(
      '"field":"intent"',
    );
    await expect(assign(wish(staff.id), wish(staff.id))).rejects.toThrow('duplicateTarget');
    expect(await harness.api.get(`${mobileApps}/${app.id}/assignments`)).toMatchObject({
      value: [],
    });
  });
});
