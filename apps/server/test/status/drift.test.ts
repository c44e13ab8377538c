import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestHttp, type TestHttp } from '../http/support/http.ts';
import { TestOrganization } from '../support/organization.ts';

interface Drift {
  readonly kind: string;
  readonly assetId: number;
  readonly count: number;
  readonly examples: readonly string[];
  readonly reason: { readonly cause: string; readonly next: string };
}

let http: TestHttp;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  location = { uid: 'drift', ...(await organization.location('drift')) };
});
afterAll(async () => http[Symbol.asyncDispose]());

async function driftOf(assetId: number): Promise<readonly Drift[]> {
  const { json } = await http.call('GET', '/api/drift');
  return json.value.filter((one: Drift) => one.assetId === assetId);
}

/** An app that two devices hold, as Apple confirmed. */
async function heldByTwo(prefix: string) {
  const app = await organization.app(location, 5);
  const group = await organization.group();
  const serials = [`${prefix}000001`, `${prefix}000002`];
  for (const serial of serials) {
    const { directoryId } = await organization.device(serial);
    await organization.join(group, { deviceId: directoryId });
  }
  await organization.assign(app.appId, group);
  await organization.decide();
  await http.context.db
    .updateTable('grants.demand')
    .set({ held: true })
    .where('assetId', '=', app.assetId)
    .execute();
  return { ...app, serials };
}

describe('the drift report', () => {
  it('is empty where Apple shows what is wanted', async () => {
    const { assetId } = await heldByTwo('SAME');
    expect(await driftOf(assetId)).toEqual([]);
  });

  it('names what others assigned, apart from serial numbers that nobody here knows', async () => {
    const { assetId } = await organization.app(location, 5, { foreignPeople: 3 });
    await organization.device('KNOWN00001');
    await organization.decide();
    await sql`insert into library.holder (kind, key) values ('device', 'STRANGE0001'), ('device', 'KNOWN00001')
      on conflict do nothing`.execute(http.context.db);
    await sql`insert into library.license (asset_id, holder_id, present, changed)
      select ${assetId}, id, true, 1 from library.holder where key in ('STRANGE0001', 'KNOWN00001')`.execute(
      http.context.db,
    );
    expect(await driftOf(assetId)).toMatchObject([
      { kind: 'assignedByOthers', count: 4, examples: ['KNOWN00001'] },
      { kind: 'unknownSerial', count: 1, examples: ['STRANGE0001'] },
    ]);
  });

  it('names what was lost, and what is left of the deleted', async () => {
    const { assetId, serials } = await heldByTwo('GONE');
    const [lost, deleted] = serials;
    await sql`update grants.demand d set held = false, lost_at = ${http.context.clock.now()}
      from library.holder h where h.id = d.holder_id and h.key = ${lost}`.execute(http.context.db);
    await http.context.db
      .deleteFrom('devices.device')
      .where('serialNumber', '=', deleted ?? '')
      .execute();
    await sql`delete from directory.member m using directory.device dev
      where dev.id = m.device_id and dev.serial_number = ${deleted}`.execute(http.context.db);
    await sql`delete from directory.device where serial_number = ${deleted}`.execute(
      http.context.db,
    );
    expect(await driftOf(assetId)).toMatchObject([
      { kind: 'lost', count: 1, examples: [lost] },
      { kind: 'orphaned', count: 1, examples: [deleted] },
    ]);
  });

  it('says when more is assigned than is owned, and that nobody loses a license by it', async () => {
    const { assetId } = await heldByTwo('OVER');
    await sql`update grants.stock set total = 1 where asset_id = ${assetId}`.execute(
      http.context.db,
    );
    const [over] = await driftOf(assetId);
    expect(over).toMatchObject({ kind: 'overAssigned', count: 1, examples: [] });
    expect(over?.reason.next).toMatch(/nobody loses/);
  });
});
