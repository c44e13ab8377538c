import { sql } from 'kysely';
import { settlePairs } from '../../../src/grants/index.ts';
import type { TestContext } from '../../support/context.ts';
import { TestOrganization } from '../../support/organization.ts';

type Assigned = Parameters<TestOrganization['assignAs']>[1];
interface PersonsDevice {
  readonly deviceId: string;
  readonly directoryId: string;
  /** A group of this device alone. */
  readonly groupId: string;
}

/** A person with some devices, an app, and Apple, who does what it is asked for. */
export class TestPerson {
  readonly organization: TestOrganization;
  readonly appId: string;
  readonly assetId: number;
  readonly personId: string;
  readonly devices: readonly PersonsDevice[];
  readonly #test: TestContext;

  private constructor(
    test: TestContext,
    organization: TestOrganization,
    is: Pick<TestPerson, 'appId' | 'assetId' | 'personId' | 'devices'>,
  ) {
    this.#test = test;
    this.organization = organization;
    this.appId = is.appId;
    this.assetId = is.assetId;
    this.personId = is.personId;
    this.devices = is.devices;
  }

  static async with(
    test: TestContext,
    name: string,
    devices: number,
    licenses = 5,
  ): Promise<TestPerson> {
    const organization = new TestOrganization(test.context);
    const location = { uid: name, ...(await organization.location(name)) };
    const { appId, assetId } = await organization.app(location, licenses);
    const personId = await organization.person(name);
    const made: PersonsDevice[] = [];
    for (let i = 0; i < devices; i += 1) {
      const device = await organization.device(`${name.toUpperCase().padEnd(9, '0')}0${i}`, {
        personId,
      });
      const groupId = await organization.group();
      await organization.join(groupId, { deviceId: device.directoryId });
      made.push({ ...device, groupId });
    }
    return new TestPerson(test, organization, { appId, assetId, personId, devices: made });
  }

  device(index: number): PersonsDevice {
    const device = this.devices[index];
    if (device === undefined) throw new Error(`There is no device ${index}.`);
    return device;
  }

  /** Assigns the app to a device, or to more of them: Required, with a user license, unless said otherwise. */
  async assign(devices: readonly number[], more: Assigned = {}): Promise<void> {
    for (const index of devices)
      await this.organization.assignAs(this.appId, {
        licenseType: 'user',
        groupId: this.device(index).groupId,
        ...more,
      });
    await this.decide();
    await this.confirm();
  }

  async unassign(index: number): Promise<void> {
    await this.organization.unassign(this.appId, this.device(index).groupId);
  }

  async decide(): Promise<void> {
    await this.organization.decide();
  }

  /** Apple does what is open, and shows it. */
  async confirm(): Promise<void> {
    const { context } = this.#test;
    const open = await context.db
      .selectFrom('grants.openChange')
      .select('holderId')
      .where('assetId', '=', this.assetId)
      .execute();
    const holderIds = open.map((change) => change.holderId);
    const pairs = { assetIds: holderIds.map(() => this.assetId), holderIds };
    await context.db
      .transaction()
      .execute(async (trx) => settlePairs(context, trx, null, pairs, { kind: 'done' }));
    await this.decide();
  }

  /** The license of the person; undefined: neither there nor wanted. */
  async license() {
    return this.#test.context.db
      .selectFrom('grants.demand as d')
      .innerJoin('library.holder as h', 'h.id', 'd.holderId')
      .select(['d.wanted', 'd.granted', 'd.kept', 'd.endReason', 'd.endsAt', 'd.changedAt'])
      .where('d.assetId', '=', this.assetId)
      .where('h.personId', '=', this.personId)
      .executeTakeFirst();
  }

  /** From which of the devices delivery was told to remove the app. */
  async removed(): Promise<readonly number[]> {
    const notes = await this.#test.context.db
      .selectFrom('db.note')
      .select('key')
      .where('room', '=', 'delivery')
      .where('kind', '=', 'remove')
      .where('key', 'like', `${this.assetId}:%`)
      .execute();
    return this.#indexes(notes.map((note) => note.key.slice(note.key.indexOf(':') + 1)));
  }

  /** Which of the devices the license serves. */
  async served(): Promise<readonly number[]> {
    return this.#indexes((await this.#placements()).map((one) => one.deviceId));
  }

  /** On which of them the app is kept from when it was Required. */
  async keptOn(): Promise<readonly number[]> {
    const kept = (await this.#placements()).filter((one) => one.kept);
    return this.#indexes(kept.map((one) => one.deviceId));
  }

  async #placements(): Promise<readonly { deviceId: string; kept: boolean }[]> {
    return this.#test.context.db
      .selectFrom('grants.placement')
      .select(['deviceId', 'kept'])
      .where('assetId', '=', this.assetId)
      .where('refused', 'is', null)
      .where('leaving', '=', false)
      .execute();
  }

  #indexes(deviceIds: readonly string[]): readonly number[] {
    return deviceIds
      .map((id) => this.devices.findIndex((one) => one.deviceId === id))
      .toSorted((a, b) => a - b);
  }

  /** Leaves management by itself, as devices do. */
  async leaves(index: number, leftAs: 'retired' | 'wiped'): Promise<void> {
    const { db } = this.#test.context;
    const { deviceId } = this.device(index);
    await db
      .updateTable('devices.device')
      .set({ managementState: 'unenrolled', leftAs })
      .where('id', '=', deviceId)
      .execute();
    await sql`insert into devices.departure (person_id, device_id, left_as)
      values (${this.personId}, ${deviceId}, ${leftAs})
      on conflict (person_id) do update set device_id = excluded.device_id, left_as = excluded.left_as, position = excluded.position`.execute(
      db,
    );
    await sql`insert into db.note (room, kind, key) values ('grants', 'device', ${deviceId})`.execute(
      db,
    );
    await this.decide();
  }
}
