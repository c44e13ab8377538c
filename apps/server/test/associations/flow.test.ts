import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Harness, type HarnessOptions, startHarness } from '../support/harness.ts';
import { TestOrganization } from '../support/organization.ts';

let harness: Harness;
let uId: string;

interface App {
  readonly id: string;
  readonly adamId: string;
  readonly held: number;
  readonly waiting: number;
  readonly foreign: number;
}
interface Counters {
  readonly total: Readonly<Record<string, number>>;
  readonly locations: Readonly<
    Record<
      string,
      { assets: { adamId: string; assigned: number; maximumAssigned: number; total: number }[] }
    >
  >;
}

const pages = '361309726';
const notability = '360593530';
let serials = 0;

/** The program with one location that owns 10 Notability and unlimited Pages, synced. */
async function open(options: HarnessOptions = {}): Promise<void> {
  harness = await startHarness(options);
  const founded = await harness.apple.post<{ locations: { uId: string }[] }>(
    '/_control/organizations',
    { name: 'Flow' },
  );
  uId = founded.locations[0]?.uId ?? '';
  await harness.apple.post('/_control/purchases', {
    uId,
    purchases: [{ adamId: pages }, { adamId: notability, quantity: 10 }],
  });
  const token = await harness.apple.text('/_control/tokens', { uId });
  await harness.api.post('/beta/deviceAppManagement/vppTokens', {
    displayName: 'Flow',
    appleId: 'apps@flow.example.org',
    vppTokenAccountType: 'business',
    countryOrRegion: 'us',
    automaticallyUpdateApps: false,
    dataSharingConsentGranted: true,
    token,
  });
  await vi.waitFor(async () => expect(await apps()).toHaveLength(2), {
    timeout: 10_000,
    interval: 50,
  });
}

async function apps(): Promise<readonly App[]> {
  return (await harness.api.get<{ value: App[] }>('/api/apps')).value;
}

async function app(adamId: string): Promise<App> {
  const found = (await apps()).find((one) => one.adamId === adamId);
  if (found === undefined) throw new Error(`the app ${adamId} is not there`);
  return found;
}

async function counters(): Promise<Counters> {
  return harness.apple.get('/_control/counters');
}

/** A group of so many enrolled devices. */
async function group(devices: number): Promise<{ groupId: string; serialNumbers: string[] }> {
  const organization = new TestOrganization(harness.context);
  const groupId = await organization.group();
  const serialNumbers: string[] = [];
  for (let i = 0; i < devices; i += 1) {
    serials += 1;
    const device = await organization.device(`FLOW${String(serials).padStart(6, '0')}`);
    serialNumbers.push(device.serialNumber);
    await organization.join(groupId, { deviceId: device.directoryId });
  }
  return { groupId, serialNumbers };
}

async function assign(adamId: string, groupIds: readonly string[]): Promise<void> {
  const { id } = await app(adamId);
  await harness.api.put(`/api/apps/${id}/assignments`, {
    assignments: groupIds.map((groupId) => ({
      groupId,
      intent: 'required',
      licenseType: 'device',
    })),
  });
}

async function held(adamId: string, count: number): Promise<App> {
  return vi.waitFor(
    async () => {
      const seen = await app(adamId);
      expect(seen.held).toBe(count);
      return seen;
    },
    { timeout: 15_000, interval: 50 },
  );
}

const fault = async (kind: string, more: object = {}): Promise<void> => {
  await harness.apple.post('/_control/faults', { kind, ...more });
};

afterEach(async () => harness[Symbol.asyncDispose]());

describe('with notifications', () => {
  beforeEach(async () => open());

  it('associates all pairs of an assignment in one request, each once', async () => {
    const { groupId } = await group(8);
    await assign(notability, [groupId]);
    await held(notability, 8);
    const { total } = await counters();
    expect(total).toMatchObject({ associateRequests: 1, pairs: 8 });
    expect(total['repeatedPairs'] ?? 0).toBe(0);
  });

  it('never has more assigned at Apple than are owned, and serves the line when licenses come', async () => {
    const { groupId } = await group(14);
    await assign(notability, [groupId]);
    expect(await held(notability, 10)).toMatchObject({ waiting: 4 });
    await harness.apple.post('/_control/purchases', {
      uId,
      purchases: [{ adamId: notability, quantity: 2 }],
    });
    expect(await held(notability, 12)).toMatchObject({ waiting: 2 });
    const asset = (await counters()).locations[uId]?.assets.find(
      (one) => one.adamId === notability,
    );
    expect(asset).toMatchObject({ assigned: 12, maximumAssigned: 12, total: 12 });
  });

  it('queues while a location is paused, and sends when it is resumed', async () => {
    await harness.api.post(`/api/locations/${uId}/pause`, { reason: 'stock-taking' });
    const { groupId } = await group(3);
    await assign(notability, [groupId]);
    await vi.waitFor(async () => {
      const { rows } = await sql<{
        open: number;
      }>`select count(*)::int as open from grants.open_change`.execute(harness.context.db);
      expect(rows[0]?.open).toBe(3);
    });
    harness.clock.advance(60_000);
    expect((await counters()).total['associateRequests'] ?? 0).toBe(0);
    await harness.api.post(`/api/locations/${uId}/resume`, { reason: 'done' });
    await held(notability, 3);
  });

  it('finds out by asking when the answer of a request was lost, and repeats nothing', async () => {
    await fault('request.broken', {
      settings: { when: 'after' },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await group(4);
    await assign(notability, [groupId]);
    await vi.waitFor(async () => expect(await states()).toEqual(['unknown']), {
      timeout: 10_000,
      interval: 50,
    });
    harness.clock.advance(10_000);
    await held(notability, 4);
    const { total } = await counters();
    expect(total).toMatchObject({ associateRequests: 1, pairs: 4 });
  });

  it('sends again what Apple never got', async () => {
    await fault('request.broken', {
      settings: { when: 'before' },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await group(2);
    await assign(notability, [groupId]);
    await vi.waitFor(async () => expect(await states()).toEqual(['unknown']), {
      timeout: 10_000,
      interval: 50,
    });
    for (let minute = 0; minute < 4; minute += 1) {
      harness.clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(
      async () => {
        harness.clock.advance(30_000);
        expect((await app(notability)).held).toBe(2);
      },
      { timeout: 15_000, interval: 200 },
    );
    expect((await counters()).total['repeatedPairs'] ?? 0).toBe(0);
  });

  it('marks only the pairs that Apple refused', async () => {
    await harness.apple.post('/_control/assignments', {
      uId,
      notify: false,
      assignments: [{ adamId: notability, serialNumbers: ['THIEF00001', 'THIEF00002'] }],
    });
    const { groupId } = await group(10);
    await assign(notability, [groupId]);
    await held(notability, 8);
    await vi.waitFor(
      async () => expect(await app(notability)).toMatchObject({ waiting: 2, foreign: 2 }),
      { timeout: 10_000, interval: 50 },
    );
    const asset = (await counters()).locations[uId]?.assets.find(
      (one) => one.adamId === notability,
    );
    expect(asset).toMatchObject({ assigned: 10, maximumAssigned: 10 });
  });

  it('goes on after a restart in the middle', async () => {
    await fault('request.slow', {
      settings: { ms: 1500 },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await group(5);
    await assign(notability, [groupId]);
    await vi.waitFor(async () => expect(await states()).toEqual(['sending']), {
      timeout: 10_000,
      interval: 20,
    });
    await harness.restart();
    await vi.waitFor(
      async () => {
        harness.clock.advance(7_000);
        expect((await app(notability)).held).toBe(5);
      },
      { timeout: 20_000, interval: 300 },
    );
    expect((await counters()).total['repeatedPairs'] ?? 0).toBe(0);
  });

  it('settles from status when the notification is lost', async () => {
    await fault('notification.lost', { scope: { type: 'ASSET_MANAGEMENT' }, times: 1 });
    const { groupId } = await group(2);
    await assign(notability, [groupId]);
    await vi.waitFor(async () => expect(await states()).toEqual(['accepted']), {
      timeout: 10_000,
      interval: 50,
    });
    harness.clock.advance(6 * 60_000);
    await held(notability, 2);
  });
});

describe('without notifications', () => {
  it('polls the status from 30 seconds on', async () => {
    await open({ https: false });
    const { groupId } = await group(3);
    await assign(pages, [groupId]);
    await vi.waitFor(async () => expect(await states()).toEqual(['accepted']), {
      timeout: 10_000,
      interval: 50,
    });
    expect((await counters()).total['statusRequests'] ?? 0).toBe(0);
    harness.clock.advance(31_000);
    await held(pages, 3);
  });
});

async function states(): Promise<string[]> {
  const rows = await harness.context.db
    .selectFrom('associations.appleRequest')
    .select('state')
    .orderBy('id')
    .execute();
  return rows.map((row) => row.state);
}
