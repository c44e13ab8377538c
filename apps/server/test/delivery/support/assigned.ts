import type { PlistDictionary } from '@allotment/device-management';
import { type Selectable, sql } from 'kysely';
import { type AssignmentInput, replaceAssignments } from '../../../src/assignments/index.ts';
import type { DevicesDevice } from '../../../src/db/generated/tables.ts';
import { deliveryWorkers } from '../../../src/delivery/workers.ts';
import { askInventory } from '../../../src/devices/index.ts';
import { actor, type Mdm } from '../../devices/support/mdm.ts';
import { TestDevice, type Told } from '../../devices/support/test-device.ts';
import { TestOrganization } from '../../support/organization.ts';

type Wish = Partial<Pick<AssignmentInput, 'intent' | 'settings'>>;
type Answers = Readonly<Record<string, { status: string; result?: PlistDictionary }>>;

let places = 0;

/** The device is of this family, and the app for iPhone and iPad runs there. */
async function becomes(
  { context: { db } }: Mdm,
  serialNumber: string,
  family: string,
  { assetId }: { readonly assetId: number },
): Promise<void> {
  await db
    .updateTable('devices.device')
    .set({ family, runsIosApps: family === 'Mac' })
    .where('serialNumber', '=', serialNumber)
    .execute();
  await db
    .updateTable('library.asset')
    .set({ supportedPlatforms: ['iOS', 'tvOS'] })
    .where('id', '=', assetId)
    .execute();
}

/** An app assigned to the group of one device, by the rooms before delivery; Apple says yes to everything. */
export class AssignedApp {
  readonly mdm: Mdm;
  readonly organization: TestOrganization;
  readonly device: TestDevice;
  readonly deviceId: string;
  readonly appId: string;
  readonly assetId: number;
  readonly bundleId: string;
  readonly groupId: string;
  /** What the device says of the app in its list of managed apps; undefined: nothing. */
  listed: string | undefined;
  /** The external version identifier that it tells of it. */
  version = 100;
  /** The flags of management that it tells of it; undefined: an install sets them. */
  flags: number | undefined;
  #installedWith = 0;

  private constructor(
    mdm: Mdm,
    device: TestDevice,
    ids: Pick<AssignedApp, 'deviceId' | 'appId' | 'assetId' | 'bundleId' | 'groupId'>,
  ) {
    this.mdm = mdm;
    this.organization = new TestOrganization(mdm.context);
    this.device = device;
    this.deviceId = ids.deviceId;
    this.appId = ids.appId;
    this.assetId = ids.assetId;
    this.bundleId = ids.bundleId;
    this.groupId = ids.groupId;
  }

  /** With a device and an app of their own. */
  static async open(mdm: Mdm, wish: Wish = {}, family = 'iPhone'): Promise<AssignedApp> {
    const organization = new TestOrganization(mdm.context);
    places += 1;
    const uid = `assigned${places}`;
    const app = await organization.app({ uid, ...(await organization.location(uid)) }, 10);
    const device = new TestDevice(mdm, `C02ASSIGN${100 + places}`);
    await device.enroll();
    await device.session(() => ({ status: 'Acknowledged' }));
    await becomes(mdm, device.serialNumber, family, app);
    const { id: deviceId, directoryDeviceId } = await mdm.context.db
      .selectFrom('devices.device')
      .select(['id', 'directoryDeviceId'])
      .where('serialNumber', '=', device.serialNumber)
      .executeTakeFirstOrThrow();
    const groupId = await organization.group();
    await organization.join(groupId, { deviceId: directoryDeviceId });
    const bundleId = `org.example.app${app.adamId}`;
    const assigned = new AssignedApp(mdm, device, { ...app, deviceId, bundleId, groupId });
    await assigned.save(wish);
    return assigned;
  }

  /** Saves the assignment; Apple gives the license where one is wanted, and takes it back where none is. */
  async save({ intent = 'required', settings = {} }: Wish): Promise<void> {
    const target = { kind: 'group', groupId: this.groupId } as const;
    await replaceAssignments(this.mdm.context, this.appId, [{ target, intent, settings }], actor);
    await this.settle();
  }

  async settle(): Promise<void> {
    const { db } = this.mdm.context;
    await this.organization.decide();
    await sql`update grants.demand set granted = wanted, held = wanted where asset_id = ${this.assetId}`.execute(
      db,
    );
    await sql`delete from grants.open_change where asset_id = ${this.assetId}`.execute(db);
    await db.deleteFrom('db.note').where('room', '=', 'associations').execute();
    await sql`insert into db.note (room, kind, key)
      select 'delivery', 'license', asset_id || ':' || holder_id from grants.demand where asset_id = ${this.assetId}`.execute(
      db,
    );
    await this.deliver();
  }

  /** Lets delivery act on everything that happened. */
  async deliver(): Promise<void> {
    for (const worker of deliveryWorkers(this.mdm.context))
      while (await worker.run(this.mdm.context.signal));
  }

  /** The device takes everything, and answers well where nothing else is said. */
  async session(answers: Answers = {}): Promise<readonly Told[]> {
    await this.deliver();
    const told = await this.device.session(({ requestType, command }) => {
      const answer = answers[requestType];
      if (answer !== undefined) return answer;
      if (requestType !== 'InstallApplication')
        return { status: 'Acknowledged', result: { ManagedApplicationList: this.#list() } };
      this.listed = 'Managed';
      this.#installedWith = Number(command['ManagementFlags'] ?? 0);
      return { status: 'Acknowledged', result: { State: 'Managed' } };
    });
    await this.deliver();
    return told;
  }

  #list(): PlistDictionary {
    if (this.listed === undefined) return {};
    return {
      [this.bundleId]: {
        Status: this.listed,
        ExternalVersionIdentifier: this.version,
        ManagementFlags: this.flags ?? this.#installedWith,
      },
    };
  }

  /** The device tells what it has, and is told what comes of that. @returns what it was told but for questions */
  async tells(answers: Answers = {}): Promise<readonly PlistDictionary[]> {
    await this.mdm.context.db
      .transaction()
      .execute(async (trx) => askInventory(trx, [this.deviceId], this.mdm.clock.now()));
    const told = [...(await this.session(answers)), ...(await this.session(answers))];
    return told
      .filter(({ requestType }) => requestType === 'Settings' || requestType.endsWith('cation'))
      .map(({ command }) => command);
  }

  /** The store has a newer version, and the content token updates by itself. */
  async publish(title: { readonly minimumOsVersion?: string } = {}): Promise<void> {
    const { db } = this.mdm.context;
    await db.updateTable('library.token').set({ automaticallyUpdateApps: true }).execute();
    await db
      .updateTable('library.title')
      .set({ externalVersionId: this.version + 1, ...title })
      .where('bundleId', '=', this.bundleId)
      .execute();
  }

  async set(
    device: Partial<
      Pick<
        Selectable<DevicesDevice>,
        'family' | 'kiosk' | 'osVersion' | 'supervised' | 'runsIosApps'
      >
    >,
  ): Promise<void> {
    await this.mdm.context.db
      .updateTable('devices.device')
      .set(device)
      .where('id', '=', this.deviceId)
      .execute();
  }

  async task() {
    return this.mdm.context.db
      .selectFrom('delivery.task')
      .selectAll()
      .where('deviceId', '=', this.deviceId)
      .where('bundleId', '=', this.bundleId)
      .executeTakeFirst();
  }
}
