import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Stage, notability, pages } from '../support/stage.ts';

let stage: Stage;
let groupId: string;
let serialNumbers: string[];
const because = { reason: 'the cart is being rebuilt' };
const soon = { timeout: 60_000, interval: 50 };

beforeAll(async () => {
  stage = await Stage.open();
  ({ groupId, serialNumbers } = await stage.group(3));
  for (const app of [notability, pages]) {
    await stage.assign(app, [groupId]);
    await stage.held(app, 3);
  }
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** How many commands of a kind were given to devices. */
async function commands(requestType: string): Promise<number> {
  const rows = await stage.harness.context.db
    .selectFrom('devices.command')
    .select('id')
    .where('requestType', '=', requestType)
    .execute();
  return rows.length;
}

async function deviceId(index: number): Promise<string> {
  const { value } = await stage.harness.api.get<{ value: { id: string; serialNumber: string }[] }>(
    '/api/devices',
  );
  return value.find((one) => one.serialNumber === serialNumbers[index])?.id ?? '';
}

describe('revoking licenses by hand', () => {
  it('[brief 59] takes all licenses of a device back in one action, and holds them back', async () => {
    const { api } = stage.harness;
    const id = await deviceId(0);
    expect(await api.post(`/api/devices/${id}/revoke-licenses`, because)).toEqual({
      revoked: 2,
      irrevocable: 0,
      notOurs: 0,
      withoutToken: 0,
    });
    await vi.waitFor(async () => {
      expect((await stage.asset(notability))?.assigned).toBe(2);
      expect((await stage.asset(pages))?.assigned).toBe(2);
    }, soon);
    stage.harness.clock.advance(24 * 60 * 60_000);
    expect(await stage.held(notability, 2)).toMatchObject({ waiting: 0 });
    await vi.waitFor(async () => {
      const { apps } = await api.get<{ apps: { reason: { cause: string } | null }[] }>(
        `/api/devices/${id}`,
      );
      expect(apps.map(({ reason }) => reason?.cause)).toEqual(
        Array.from({ length: 2 }, () => expect.stringContaining(because.reason)),
      );
    }, soon);
  });

  it('[brief 60] removes nothing from the device', async () => {
    expect(await commands('RemoveApplication')).toBe(0);
  });

  it('is undone by lifting the hold', async () => {
    const { api } = stage.harness;
    const id = await deviceId(0);
    expect(await api.post(`/api/devices/${id}/lift-holds`, because)).toEqual({ lifted: 2 });
    await stage.held(notability, 3);
    expect(await stage.held(pages, 3)).toMatchObject({ waiting: 0 });
  });

  it('takes back the licenses of an app, of some devices or of all', async () => {
    const { api } = stage.harness;
    const { id } = await stage.app(notability);
    const path = `/api/apps/${id}/revoke-licenses`;
    await expect(api.post(path, { ...because, serialNumbers: ['NOBODY00001'] })).rejects.toThrow(
      'NOBODY00001',
    );
    expect(
      await api.post(path, { ...because, serialNumbers: serialNumbers.slice(1, 2) }),
    ).toMatchObject({ revoked: 1 });
    await vi.waitFor(
      async () => expect(await stage.app(notability)).toMatchObject({ held: 2, changing: 0 }),
      soon,
    );
    expect(await api.post(path, because)).toMatchObject({ revoked: 2 });
    expect(await stage.held(notability, 0)).toMatchObject({ waiting: 0 });
    await stage.assign(notability, [groupId]);
    expect(await stage.held(notability, 3)).toMatchObject({ waiting: 0 });
  });

  it('asks for a reason, and records it', async () => {
    const { api } = stage.harness;
    const id = await deviceId(1);
    await expect(api.post(`/api/devices/${id}/revoke-licenses`, {})).rejects.toThrow('reason');
    const { value } = await api.get<{ value: { action: string; reason: string | null }[] }>(
      '/api/audit',
    );
    expect(value.find((one) => one.action === 'revokeLicenses')).toMatchObject(because);
  });
});

describe('the settings of licensing', () => {
  it('are read, changed, and refused by field', async () => {
    const { api } = stage.harness;
    const settings = await api.get<Record<string, unknown>>('/api/licensing-settings');
    expect(settings).toMatchObject({ devicesPerPerson: 5, silentDays: null });
    await expect(
      api.put('/api/licensing-settings', { ...settings, silentDays: 0 }),
    ).rejects.toThrow('"field":"silentDays"');
    await api.put('/api/licensing-settings', { ...settings, silentDays: 90 });
    expect(await api.get('/api/licensing-settings')).toMatchObject({ silentDays: 90 });
  });
});
