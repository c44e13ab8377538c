import { sql } from 'kysely';
import type { Context } from '../../../src/context.ts';
import { leaveNote } from '../../../src/db/notes.ts';

const AT = new Date('2026-01-01T00:00:00Z');

/** A device license written straight into the tables of the rooms before delivery. */
export class License {
  readonly #context: Context;
  readonly assetId: number;
  readonly holderId: number;
  readonly deviceId: string;
  readonly adamId: string;
  readonly bundleId: string;

  private constructor(
    context: Context,
    ids: { assetId: number; holderId: number; deviceId: string; adamId: string; bundleId: string },
  ) {
    this.#context = context;
    this.assetId = ids.assetId;
    this.holderId = ids.holderId;
    this.deviceId = ids.deviceId;
    this.adamId = ids.adamId;
    this.bundleId = ids.bundleId;
  }

  /** Of an app of its own, for an enrolled device; not at Apple yet. */
  static async of(
    context: Context,
    serialNumber: string,
    bundleId: string | undefined,
    adamId: string = String(900_000_000 + Math.floor(Math.random() * 99_999_999)),
    locationUid = '1',
  ): Promise<License> {
    const { db } = context;
    await db
      .insertInto('library.location')
      .values({ uid: locationUid, name: 'A', createdAt: AT })
      .onConflict((one) => one.doNothing())
      .execute();
    const asset = await db
      .insertInto('library.asset')
      .values({
        locationUid,
        adamId,
        pricingParam: 'STDQ',
        productType: 'App',
        total: 99,
        readAt: AT,
      })
      .onConflict((one) =>
        one.columns(['locationUid', 'adamId', 'pricingParam']).doUpdateSet({ total: 99 }),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('library.title')
      .values({
        locationUid,
        adamId,
        name: 'App',
        bundleId: bundleId ?? null,
        found: bundleId !== undefined,
        fetchedAt: AT,
      })
      .onConflict((one) => one.doNothing())
      .execute();
    const holder = await sql<{
      id: number;
    }>`insert into library.holder (kind, key) values ('device', ${serialNumber})
      on conflict (kind, key) do update set key = excluded.key returning id`.execute(db);
    const device = await db
      .selectFrom('devices.device')
      .select('id')
      .where('serialNumber', '=', serialNumber)
      .executeTakeFirstOrThrow();
    await db
      .insertInto('grants.stock')
      .values({ assetId: asset.id, total: 99 })
      .onConflict((one) => one.doNothing())
      .execute();
    return new License(context, {
      assetId: asset.id,
      holderId: holder.rows[0]?.id ?? 0,
      deviceId: device.id,
      adamId,
      bundleId: bundleId ?? `adam:${adamId}`,
    });
  }

  /** Apple confirmed it. */
  async hold(): Promise<void> {
    await sql`insert into grants.demand (asset_id, holder_id, wanted, granted, held, since, changed_at)
      values (${this.assetId}, ${this.holderId}, true, true, true, ${AT}, ${AT})
      on conflict (asset_id, holder_id) do update set wanted = true, granted = true, held = true`.execute(
      this.#context.db,
    );
    await this.note();
  }

  /** Wanted, and waiting for a license. */
  async wish(): Promise<void> {
    await sql`insert into grants.demand (asset_id, holder_id, wanted, granted, held, since, changed_at)
      values (${this.assetId}, ${this.holderId}, true, false, false, ${AT}, ${AT})`.execute(
      this.#context.db,
    );
  }

  /** The license is back, and the app is to go. */
  async remove(): Promise<void> {
    await this.lose();
    await leaveNote(this.#context.db, 'delivery', 'remove', `${this.assetId}:${this.deviceId}`);
  }

  async lose(): Promise<void> {
    await this.loseSilently();
    await this.note();
  }

  /** Lost, and delivery does not know it yet. */
  async loseSilently(): Promise<void> {
    await sql`update grants.demand set wanted = false where asset_id = ${this.assetId} and holder_id = ${this.holderId}`.execute(
      this.#context.db,
    );
  }

  async note(): Promise<void> {
    await leaveNote(this.#context.db, 'delivery', 'license', `${this.assetId}:${this.holderId}`);
  }

  /** The catalog learns the bundle identifier. */
  async name(bundleId: string): Promise<void> {
    await this.#context.db
      .updateTable('library.title')
      .set({ bundleId })
      .where('adamId', '=', this.adamId)
      .execute();
  }
}
