import { isDeepStrictEqual } from 'node:util';
import { vi } from 'vitest';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';
import { TestOrganization } from './organization.ts';

export interface StageApp {
  readonly id: string;
  readonly adamId: string;
  readonly platform: string;
  readonly owned: number | null;
  readonly held: number;
  /** On their way to Apple or back. */
  readonly changing: number;
  readonly waiting: number;
  readonly foreign: number;
  readonly available: number | null;
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

interface License {
  readonly adamId: string;
  readonly serialNumber?: string;
  readonly clientUserId?: string;
}

export const pages = '361309726';
export const notability = '360593530';
const patience = { timeout: 60_000, interval: 50 };

/** The program with one location that owns 10 Notability and unlimited Pages, synced. */
export class Stage implements AsyncDisposable {
  readonly harness: Harness;
  readonly uId: string;
  #serials = 0;

  protected constructor(harness: Harness, uId: string) {
    this.harness = harness;
    this.uId = uId;
  }

  static async open(options: HarnessOptions = {}): Promise<Stage> {
    return Stage.found((harness, uId) => new Stage(harness, uId), options);
  }

  protected static async found<Kind extends Stage>(
    make: (harness: Harness, uId: string) => Kind,
    options: HarnessOptions = {},
  ): Promise<Kind> {
    const harness = await startHarness(options);
    const founded = await harness.apple.post<{ locations: { uId: string }[] }>(
      '/_control/organizations',
      { name: 'Flow' },
    );
    const stage = make(harness, founded.locations[0]?.uId ?? '');
    await stage.buy([{ adamId: pages }, { adamId: notability, quantity: 10 }]);
    await harness.api.post('/beta/deviceAppManagement/vppTokens', {
      displayName: 'Flow',
      appleId: 'apps@flow.example.org',
      vppTokenAccountType: 'business',
      countryOrRegion: 'us',
      automaticallyUpdateApps: false,
      dataSharingConsentGranted: true,
      token: await harness.apple.text('/_control/tokens', { uId: stage.uId }),
    });
    const titles = async (): Promise<Set<string>> =>
      new Set((await stage.apps()).map(({ adamId }) => adamId));
    await vi.waitFor(async () => sameValue(await titles(), new Set([pages, notability])), patience);
    return stage;
  }

  async buy(purchases: readonly { adamId: string; quantity?: number }[]): Promise<void> {
    await this.harness.apple.post('/_control/purchases', { uId: this.uId, purchases });
  }

  /** The apps of a platform; by default what is not for Macs. */
  async apps(platform = 'ios'): Promise<readonly StageApp[]> {
    const { value } = await this.harness.api.get<{ value: StageApp[] }>('/api/apps');
    return value.filter((one) => one.platform === platform);
  }

  async app(adamId: string, platform = 'ios'): Promise<StageApp> {
    const found = (await this.apps(platform)).find((one) => one.adamId === adamId);
    if (found === undefined) throw new Error(`the app ${adamId} is not there`);
    return found;
  }

  /** What Apple in a box counted, over all locations. */
  async counted(): Promise<Readonly<Record<string, number>>> {
    return (await this.#counters()).total;
  }

  /** Apple's counts of a title. */
  async asset(
    adamId: string,
  ): Promise<Counters['locations'][string]['assets'][number] | undefined> {
    const { locations } = await this.#counters();
    return locations[this.uId]?.assets.find((one) => one.adamId === adamId);
  }

  /** Who has a license of a title at Apple: serial numbers and clientUserIds. */
  async holders(adamId: string): Promise<readonly string[]> {
    const { locations } = await this.harness.apple.get<{ locations: { assignments: License[] }[] }>(
      `/_control/state?assignments=true&uId=${this.uId}`,
    );
    return (locations[0]?.assignments ?? [])
      .filter((one) => one.adamId === adamId)
      .map(({ serialNumber, clientUserId }) => serialNumber ?? clientUserId ?? '')
      .sort();
  }

  async #counters(): Promise<Counters> {
    return this.harness.apple.get('/_control/counters');
  }

  /** A group of so many enrolled devices. */
  async group(devices: number): Promise<{ groupId: string; serialNumbers: string[] }> {
    const organization = new TestOrganization(this.harness.context);
    const groupId = await organization.group();
    const serialNumbers: string[] = [];
    for (let i = 0; i < devices; i += 1) {
      this.#serials += 1;
      const device = await organization.device(`FLOW${String(this.#serials).padStart(6, '0')}`);
      serialNumbers.push(device.serialNumber);
      await organization.join(groupId, { deviceId: device.directoryId });
    }
    return { groupId, serialNumbers };
  }

  /** Required, with device licenses. */
  async assign(adamId: string, groupIds: readonly string[]): Promise<void> {
    const { id } = await this.app(adamId);
    await this.harness.api.put(`/api/apps/${id}/assignments`, {
      assignments: groupIds.map((groupId) => ({
        target: { kind: 'group', groupId },
        intent: 'required',
        licenseType: 'device',
      })),
    });
  }

  /** Waits until so many licenses are held. */
  async held(adamId: string, count: number): Promise<StageApp> {
    return vi.waitFor(async () => {
      const seen = await this.app(adamId);
      sameValue(seen.held, count);
      return seen;
    }, patience);
  }

  /** The same, while time goes on in steps. */
  async heldLater(adamId: string, count: number, stepMs: number): Promise<StageApp> {
    return vi.waitFor(
      async () => {
        this.harness.clock.advance(stepMs);
        const seen = await this.app(adamId);
        sameValue(seen.held, count);
        return seen;
      },
      { timeout: 60_000, interval: 100 },
    );
  }

  async fault(kind: string, more: object = {}): Promise<void> {
    await this.harness.apple.post('/_control/faults', { kind, ...more });
  }

  /** The states of our requests to Apple, oldest first. */
  async states(): Promise<readonly string[]> {
    const rows = await this.harness.context.db
      .selectFrom('associations.appleRequest')
      .select('state')
      .orderBy('id')
      .execute();
    return rows.map((row) => row.state);
  }

  /** Waits until our requests are in these states. */
  async reaches(states: readonly string[]): Promise<void> {
    await vi.waitFor(async () => sameValue(await this.states(), states), {
      timeout: 60_000,
      interval: 20,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.harness[Symbol.asyncDispose]();
  }
}

export function sameValue(seen: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(seen, wanted))
    throw new Error(`waited for ${JSON.stringify(wanted)}, saw ${JSON.stringify(seen)}`);
}
