import { randomUUID } from 'node:crypto';
import type { Holder, Organization } from '@allotment/licensing/testing';
import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import { clientUserIdOf } from '../../src/library/index.ts';
import { writePast } from './random-past.ts';

const uid = 'random';

/** Writes a random organization of `licensing` into empty tables, and knows its parts by their names there. */
export class WrittenOrganization {
  readonly #context: Context;
  readonly #organization: Organization;
  readonly #ids = new Map<string, string>();
  readonly #assets = new Map<string, number>();
  readonly #holders = new Map<Holder, number>();

  private constructor(context: Context, organization: Organization) {
    this.#context = context;
    this.#organization = organization;
  }

  static async write(context: Context, organization: Organization): Promise<WrittenOrganization> {
    const written = new WrittenOrganization(context, organization);
    await written.#clear();
    await written.#people();
    await written.#titles();
    await written.#assignments();
    await writePast(context.db, organization, written);
    return written;
  }

  get assetIds(): readonly number[] {
    return [...this.#assets.values()];
  }

  /** The name of an asset, a device, a person or a holder by what the database calls it. */
  readonly nameOfAsset = (id: number): string => nameOf(this.#assets, id);
  readonly nameOfHolder = (id: number): string => nameOf(this.#holders, id);
  readonly nameOf = (id: string): string => nameOf(this.#ids, id);

  id(name: string): string {
    const known = this.#ids.get(name) ?? randomUUID();
    this.#ids.set(name, known);
    return known;
  }

  asset(name: string): number {
    return this.#assets.get(name) ?? 0;
  }

  holder(name: Holder): number {
    return this.#holders.get(name) ?? 0;
  }

  async #clear(): Promise<void> {
    const { db } = this.#context;
    await sql`truncate library.location, library.asset, library.holder, library.license, directory.person, directory.device,
      directory.group, devices.device, grants.demand, grants.open_change, grants.stock, grants.placement, grants.hold,
      grants.silent_device, grants.request, grants.pass, grants.irrevocable, db.note cascade`.execute(
      db,
    );
    await db
      .insertInto('library.location')
      .values({ uid, name: uid, createdAt: this.#at })
      .execute();
    await sql`update grants.setting set devices_per_person = ${this.#organization.devicesPerPerson},
      grace_minutes = ${JSON.stringify(this.#organization.graces)}::jsonb`.execute(db);
  }

  get #at(): Date {
    return this.#organization.now;
  }

  async #people(): Promise<void> {
    const { db, peopleKey } = this.#context;
    const { people, devices, groups } = this.#organization;
    for (const { id: name, deleted, managedAccount, departed } of people) {
      const id = this.id(name);
      await db
        .insertInto('directory.person')
        .values({
          id,
          userPrincipalName: `${name}@example.org`,
          displayName: name,
          managedAppleId: managedAccount === true ? `${name}@managed.example.org` : null,
          createdAt: this.#at,
          deletedAt: deleted ? this.#at : null,
        })
        .execute();
      if (departed !== undefined)
        await sql`insert into devices.departure (person_id, device_id, left_as, position)
          values (${id}, ${randomUUID()}, ${departed.as}, ${departed.order})`.execute(db);
      await this.#addHolder(`person:${name}`, 'person', clientUserIdOf(peopleKey, id), id);
    }
    for (const device of devices) {
      const {
        id: name,
        family,
        osVersion,
        personId,
        managed,
        silent,
        silentOrder,
        lastCheckInAt,
      } = device;
      const serialNumber = name.toUpperCase().padEnd(10, 'X');
      const directoryDeviceId = this.id(`directory ${name}`);
      await db
        .insertInto('directory.device')
        .values({ id: directoryDeviceId, serialNumber, createdAt: this.#at })
        .execute();
      await this.#addHolder(`device:${name}`, 'device', serialNumber, null);
      if (device.expected) continue;
      await db
        .insertInto('devices.device')
        .values({
          id: this.id(name),
          directoryDeviceId,
          serialNumber,
          personId: personId === null ? null : this.id(personId),
          managementState: managed ? 'managed' : 'unenrolled',
          family,
          osVersion,
          userEnrollment: device.userEnrollment === true,
          multiUser: device.shared === true,
          userChannel: device.userChannel === true,
          lastCheckInAt,
          firstSeen: sql<number>`nextval('db.change_order')`,
          createdAt: this.#at,
        })
        .execute();
      if (silent)
        await db
          .insertInto('grants.silentDevice')
          .values({ deviceId: this.id(name), position: silentOrder ?? 0, since: this.#at })
          .execute();
    }
    for (const { id: name, deleted } of groups)
      await db
        .insertInto('directory.group')
        .values({
          id: this.id(name),
          displayName: name,
          createdAt: this.#at,
          deletedAt: deleted ? this.#at : null,
        })
        .execute();
    for (const { id: name, personIds, deviceIds, groupIds } of groups) {
      const groupId = this.id(name);
      const members = [
        ...personIds.map((id) => ({ groupId, personId: this.id(id) })),
        ...deviceIds.map((id) => ({ groupId, deviceId: this.id(`directory ${id}`) })),
        ...groupIds.map((id) => ({ groupId, childGroupId: this.id(id) })),
      ];
      for (const member of members)
        await db.insertInto('directory.member').values(member).execute();
    }
  }

  async #addHolder(
    name: Holder,
    kind: 'device' | 'person',
    key: string,
    personId: string | null,
  ): Promise<void> {
    const { id } = await this.#context.db
      .insertInto('library.holder')
      .values({ kind, key, personId })
      .returning('id')
      .executeTakeFirstOrThrow();
    this.#holders.set(name, id);
  }

  /** Nothing is granted: what is wanted shows without it. */
  async #titles(): Promise<void> {
    const { db } = this.#context;
    for (const asset of this.#organization.assets) {
      const { id: name, adamId, revocable, supportedPlatforms, deviceAssignable } = asset;
      const { id } = await db
        .insertInto('library.asset')
        .values({
          locationUid: uid,
          adamId,
          pricingParam: name,
          productType: revocable ? 'App' : 'Book',
          unlimited: true,
          revocable,
          deviceAssignable,
          supportedPlatforms: [...supportedPlatforms],
          readAt: this.#at,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      this.#assets.set(name, id);
      await db
        .insertInto('library.title')
        .values({
          locationUid: uid,
          adamId,
          name: adamId,
          minimumOsVersion: asset.minimumOsVersion,
          deviceFamilies: [...asset.deviceFamilies],
          found: true,
          fetchedAt: this.#at,
        })
        .onConflict((same) => same.doNothing())
        .execute();
      await db.insertInto('grants.stock').values({ assetId: id, closedToGrants: 'test' }).execute();
    }
    for (const { id: name, assetId, platform } of this.#organization.apps) {
      // Two apps on one asset are two tokens', and each token has a location of its own.
      const location = { uid: `${uid} ${name}`, name, createdAt: this.#at };
      await db.insertInto('library.location').values(location).execute();
      const token = await db
        .insertInto('library.token')
        .values({
          locationUid: location.uid,
          displayName: name,
          appleId: 'vpp@example.org',
          accountType: 'business',
          countryOrRegion: 'us',
          secret: Buffer.from('sealed'),
          organizationName: 'Example',
          expiresAt: this.#at,
          nextSyncAt: this.#at,
          createdAt: this.#at,
          modifiedAt: this.#at,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await db
        .insertInto('library.app')
        .values({
          id: this.id(name),
          tokenId: token.id,
          assetId: this.asset(assetId),
          platform,
          createdAt: this.#at,
          modifiedAt: this.#at,
        })
        .execute();
    }
  }

  async #assignments(): Promise<void> {
    const { db } = this.#context;
    for (const one of this.#organization.assignments) {
      const { intent, target, licenseType, priority, position, licensesAhead, onUnassign } = one;
      await db
        .insertInto('assignments.assignment')
        .values({
          appId: this.id(one.appId),
          groupId: one.groupId === null ? null : this.id(one.groupId),
          intent,
          target,
          licenseType,
          priority,
          position,
          settings: JSON.stringify({ licensesAhead, onUnassign }),
          createdBy: 'test',
          createdAt: this.#at,
          modifiedAt: this.#at,
        })
        .execute();
    }
    for (const { appId, deviceId, personId } of this.#organization.requests)
      await db
        .insertInto('grants.request')
        .values({
          appId: this.id(appId),
          deviceId: this.id(deviceId),
          personId: this.id(personId),
          requestedAt: this.#at,
        })
        .execute();
  }
}

function nameOf<Id>(ids: ReadonlyMap<string, Id>, id: Id): string {
  return [...ids].find(([, known]) => known === id)?.[0] ?? `unknown ${String(id)}`;
}
