import { randomUUID } from 'node:crypto';
import { type Insertable, sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import type { AssignmentsAssignment } from '../../src/db/generated/tables.ts';
import { leaveNote } from '../../src/db/notes.ts';
import { grantsWorkers } from '../../src/grants/workers.ts';

/** An organization written straight into the rooms' tables: for tests of decisions, not of how data arrives. */
export class TestOrganization {
  readonly context: Context;
  readonly #at = new Date('2026-01-01T00:00:00Z');

  constructor(context: Context) {
    this.context = context;
  }

  /** A location with a token. */
  async location(uid: string): Promise<{ tokenId: string }> {
    const { db } = this.context;
    await db
      .insertInto('library.location')
      .values({ uid, name: uid, createdAt: this.#at })
      .execute();
    const token = await db
      .insertInto('library.token')
      .values({
        locationUid: uid,
        displayName: uid,
        appleId: 'vpp@example.org',
        accountType: 'business',
        countryOrRegion: 'us',
        secret: Buffer.from('sealed'),
        organizationName: 'Example',
        expiresAt: new Date('2099-01-01T00:00:00Z'),
        state: 'valid',
        nextSyncAt: new Date('2099-01-01T00:00:00Z'),
        createdAt: this.#at,
        modifiedAt: this.#at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { tokenId: token.id };
  }

  /** An app with so many licenses; undefined: unlimited. */
  async app(
    location: { readonly uid: string; readonly tokenId: string },
    total: number | undefined,
    more: {
      readonly minimumOsVersion?: string;
      readonly foreignPeople?: number;
      readonly productType?: 'App' | 'Book';
      /** Another asset of the same title. */
      readonly adamId?: string;
      readonly pricingParam?: string;
    } = {},
  ): Promise<{ appId: string; assetId: number; adamId: string }> {
    const { db } = this.context;
    const book = more.productType === 'Book';
    const adamId =
      more.adamId ?? String(900_000_000 + Math.floor(this.context.random() * 99_999_999));
    const asset = await db
      .insertInto('library.asset')
      .values({
        locationUid: location.uid,
        adamId,
        pricingParam: more.pricingParam ?? 'STDQ',
        productType: more.productType ?? 'App',
        unlimited: total === undefined,
        total: total ?? 0,
        deviceAssignable: !book,
        revocable: !book,
        supportedPlatforms: ['iOS'],
        foreignPeople: more.foreignPeople ?? 0,
        readAt: this.#at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('library.title')
      .values({
        locationUid: location.uid,
        adamId,
        name: `App ${adamId}`,
        bundleId: `org.example.app${adamId}`,
        minimumOsVersion: more.minimumOsVersion ?? null,
        found: true,
        fetchedAt: this.#at,
      })
      .onConflict((title) => title.doNothing())
      .execute();
    const app = await db
      .insertInto('library.app')
      .values({
        tokenId: location.tokenId,
        assetId: asset.id,
        platform: book ? 'book' : 'ios',
        createdAt: this.#at,
        modifiedAt: this.#at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await leaveNote(db, 'grants', 'stock', String(asset.id));
    return { appId: app.id, assetId: asset.id, adamId };
  }

  async person(name: string): Promise<string> {
    const row = await this.context.db
      .insertInto('directory.person')
      .values({ userPrincipalName: `${name}@example.org`, displayName: name, createdAt: this.#at })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  /** An enrolled iPhone. */
  async device(
    serialNumber: string,
    more: {
      readonly personId?: string;
      readonly osVersion?: string;
      readonly lastCheckInAt?: Date;
    } = {},
  ): Promise<{ deviceId: string; directoryId: string; serialNumber: string }> {
    const { db } = this.context;
    const known = await db
      .insertInto('directory.device')
      .values({ serialNumber, createdAt: this.#at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const device = await db
      .insertInto('devices.device')
      .values({
        directoryDeviceId: known.id,
        serialNumber,
        personId: more.personId ?? null,
        managementState: 'managed',
        family: 'iPhone',
        osVersion: more.osVersion ?? '18.1',
        firstSeen: sql<number>`nextval('db.change_order')`,
        lastCheckInAt: more.lastCheckInAt ?? null,
        createdAt: this.#at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await leaveNote(db, 'grants', 'device', device.id);
    return { deviceId: device.id, directoryId: known.id, serialNumber };
  }

  async group(name: string = randomUUID()): Promise<string> {
    const row = await this.context.db
      .insertInto('directory.group')
      .values({ displayName: name, createdAt: this.#at })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  async join(
    groupId: string,
    member: {
      readonly deviceId?: string;
      readonly personId?: string;
      readonly childGroupId?: string;
    },
  ): Promise<void> {
    await this.context.db
      .insertInto('directory.member')
      .values({ groupId, ...member })
      .execute();
    const [kind, id] =
      member.deviceId !== undefined
        ? ['memberDevice', member.deviceId]
        : member.personId !== undefined
          ? ['memberPerson', member.personId]
          : ['nested', member.childGroupId];
    await leaveNote(this.context.db, 'grants', kind, `${groupId}:${id}`);
  }

  async leave(groupId: string, directoryDeviceId: string): Promise<void> {
    await this.context.db
      .deleteFrom('directory.member')
      .where('groupId', '=', groupId)
      .where('deviceId', '=', directoryDeviceId)
      .execute();
    await leaveNote(this.context.db, 'grants', 'memberDevice', `${groupId}:${directoryDeviceId}`);
  }

  async assign(appId: string, groupId: string, priority = 0): Promise<void> {
    await this.assignAs(appId, { groupId, priority });
  }

  /** Assigns an app; what is left out is Required, for a group, with a device license. */
  async assignAs(
    appId: string,
    more: Partial<Omit<Insertable<AssignmentsAssignment>, 'appId'>>,
  ): Promise<void> {
    await this.context.db
      .insertInto('assignments.assignment')
      .values({
        appId,
        intent: 'required',
        target: 'group',
        licenseType: 'device',
        createdBy: 'test',
        createdAt: this.#at,
        modifiedAt: this.#at,
        ...more,
      })
      .execute();
    await leaveNote(this.context.db, 'grants', 'app', appId);
  }

  async unassign(appId: string, groupId: string): Promise<void> {
    await this.context.db
      .deleteFrom('assignments.assignment')
      .where('appId', '=', appId)
      .where('groupId', '=', groupId)
      .execute();
    await leaveNote(this.context.db, 'grants', 'app', appId);
  }

  /** Lets `grants` act on every note and on what is due. */
  async decide(): Promise<void> {
    const workers = grantsWorkers(this.context);
    let busy = true;
    while (busy) {
      busy = false;
      for (const worker of workers) if (await worker.run(this.context.signal)) busy = true;
    }
  }

  /** The line of an asset, first come first: serial number and state. */
  async line(
    assetId: number,
  ): Promise<
    { serialNumber: string; granted: boolean; held: boolean; found: boolean; wanted: boolean }[]
  > {
    const { rows } = await sql<{
      serialNumber: string;
      granted: boolean;
      held: boolean;
      found: boolean;
      wanted: boolean;
    }>`select h.key as serial_number, d.granted, d.held, d.found, d.wanted
      from grants.demand d join library.holder h on h.id = d.holder_id
      where d.asset_id = ${assetId} order by d.priority desc, d.position`.execute(this.context.db);
    return rows;
  }
}
