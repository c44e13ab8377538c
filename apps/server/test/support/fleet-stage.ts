import { sql } from 'kysely';
import { vi } from 'vitest';
import { setPushCertificate } from '../../src/devices/index.ts';
import { actor } from '../devices/support/mdm.ts';
import { TestOrganization } from './organization.ts';
import { sameValue, Stage } from './stage.ts';

/** A device as Apple in a box shows it, as far as tests look at it. */
export interface SimulatedDevice {
  readonly serialNumber: string;
  readonly apps: readonly {
    bundleId: string;
    state: string;
    installed: boolean;
    managed: boolean;
    hasConfiguration: boolean;
    externalVersionId: number | null;
  }[];
  readonly books: readonly { readonly state: string }[];
  readonly promptsShown: Readonly<
    Record<'invite' | 'install' | 'account' | 'management' | 'update', number>
  >;
}

/** What one wants of an app on devices; Required with a device license where nothing is said. */
interface Wish {
  readonly intent?: 'required' | 'available' | 'uninstall';
  readonly licenseType?: 'device' | 'user';
  readonly settings?: object;
  /** Of which of the apps of a title; `macos` is the one for Macs. */
  readonly platform?: 'ios' | 'macos';
}

/** How a device's enrollment link is made: for a device of the company that nobody uses alone, where nothing is said. */
interface LinkWish {
  readonly personId?: string;
  readonly ownership?: 'company' | 'personal';
  readonly kiosk?: boolean;
}

/** The stage with devices that enrolled over Apple's protocol and do what they are told. */
export class FleetStage extends Stage {
  static override async open(): Promise<FleetStage> {
    const stage = await FleetStage.found((harness, uId) => new FleetStage(harness, uId));
    const credential = await stage.harness.apple.post<{ certificate: string; key: string }>(
      '/_control/push-certificates',
      {},
    );
    await setPushCertificate(stage.harness.context, credential, actor);
    return stage;
  }

  /**
   * A device that enrolled through a link as administrators make them; supervised, and without an Apple Account where
   * nothing else is said.
   */
  async device(
    traits: Readonly<Record<string, unknown>> = {},
    link: LinkWish = {},
  ): Promise<string> {
    const made = await this.harness.apple.post<{ devices: SimulatedDevice[] }>(
      '/_control/devices',
      { devices: [{ family: 'iPhone', supervised: true, storeAccount: 'none', ...traits }] },
    );
    const serialNumber = made.devices[0]?.serialNumber ?? '';
    await this.control(serialNumber, 'enroll', { url: await this.profileUrl(link) });
    return serialNumber;
  }

  /** Where the profile of a new link is, which gives it once. */
  async profileUrl(link: LinkWish = {}): Promise<string> {
    const { value } = await this.harness.api.post<{ value: { profileUrl: string }[] }>(
      '/api/enrollment-links',
      { links: [{ ownership: 'company', ...link }] },
    );
    return value[0]?.profileUrl ?? '';
  }

  async control(serialNumber: string, act: string, body: object = {}): Promise<void> {
    await this.harness.apple.post(`/_control/devices/${serialNumber}/${act}`, body);
  }

  /** The person deletes the only app of a device, which is asked what it has then. */
  async removeApp(serialNumber: string): Promise<void> {
    const { apps } = await this.simulated(serialNumber);
    await this.control(serialNumber, 'remove-app', { bundleId: apps[0]?.bundleId });
    await this.harness.api.post(`/api/devices/${await this.deviceId(serialNumber)}/sync`, {});
  }

  /** What the API calls the device. */
  async deviceId(serialNumber: string): Promise<string> {
    const { id } = await this.harness.context.db
      .selectFrom('devices.device')
      .select('id')
      .where('serialNumber', '=', serialNumber)
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Wants an app on these devices. */
  async want(adamId: string, serialNumbers: readonly string[], wish: Wish = {}): Promise<void> {
    const organization = new TestOrganization(this.harness.context);
    const groupId = await organization.group();
    const rows = await this.harness.context.db
      .selectFrom('directory.device')
      .select('id')
      .where('serialNumber', 'in', serialNumbers)
      .execute();
    for (const { id } of rows) await organization.join(groupId, { deviceId: id });
    await this.wantFor(adamId, groupId, wish);
  }

  async wantFor(adamId: string, groupId: string, { platform, ...wish }: Wish = {}): Promise<void> {
    const { id } = await this.app(adamId, platform);
    await this.harness.api.put(`/api/apps/${id}/assignments`, {
      assignments: [
        {
          target: { kind: 'group', groupId },
          intent: 'required',
          licenseType: 'device',
          ...wish,
        },
      ],
    });
  }

  async simulated(serialNumber: string): Promise<SimulatedDevice> {
    const { devices } = await this.harness.apple.get<{ devices: SimulatedDevice[] }>(
      '/_control/devices',
    );
    const device = devices.find((one) => one.serialNumber === serialNumber);
    if (device === undefined) throw new Error(`there is no simulated device ${serialNumber}`);
    return device;
  }

  /** What is known of an app on a device. */
  async task(serialNumber: string, adamId: string) {
    return this.harness.context.db
      .selectFrom('delivery.task as task')
      .innerJoin('devices.device as device', 'device.id', 'task.deviceId')
      .innerJoin('library.asset as asset', 'asset.id', 'task.assetId')
      .selectAll('task')
      .where('device.serialNumber', '=', serialNumber)
      .where('asset.adamId', '=', adamId)
      .executeTakeFirst();
  }

  /** Time goes on, here and at Apple. */
  async passes(ms: number): Promise<void> {
    this.harness.clock.advance(ms);
    await this.harness.apple.post('/_control/clock', { advanceSeconds: ms / 1000 });
  }

  /** Waits until something is true, while time goes on. What stands in its way is told when it does not come. */
  async comes<Seen>(stepMs: number, look: () => Promise<Seen>, wanted: Seen): Promise<void> {
    try {
      await vi.waitFor(
        async () => {
          await this.passes(stepMs);
          sameValue(await look(), wanted);
        },
        { timeout: 60_000, interval: 100 },
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${await this.#underWay()}`, { cause: error });
    }
  }

  /** What is under way between a decision and a device, a line a row. */
  async #underWay(): Promise<string> {
    const { db } = this.harness.context;
    const tables = [
      'grants.demand',
      'grants.open_change',
      'associations.apple_request',
      'associations.apple_user',
      'delivery.invitation',
      'delivery.task',
      'delivery.book',
      'devices.enrollment',
      'devices.command',
      'devices.push',
      'db.note',
    ];
    const lines: string[] = [];
    for (const table of tables) {
      const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(db);
      lines.push(...rows.map((row) => `${table} ${JSON.stringify(row)}`));
    }
    return lines.join('\n');
  }

  /** Waits until the app stands so on the device. */
  async stands(
    serialNumber: string,
    adamId: string,
    state: string,
    reason: string | null = null,
    stepMs = 3_000,
  ): Promise<void> {
    const look = async (): Promise<object> => {
      const task = await this.task(serialNumber, adamId);
      return { state: task?.state, reason: task?.reason };
    };
    await this.comes(stepMs, look, { state, reason });
  }
}
