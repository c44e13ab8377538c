import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import {
  createEnrollmentLink,
  createRenewalLink,
  deleteDevice,
  retireDevice,
  setPushCertificate,
} from '../../src/devices/index.ts';
import { selfSigned, TOPIC } from '../devices/support/credentials.ts';
import { actor, type Mdm, openMdm } from '../devices/support/mdm.ts';
import { TestDevice } from '../devices/support/test-device.ts';
import { TestOrganization } from '../support/organization.ts';

const day = 86_400_000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());
beforeEach(async () => {
  await mdm.context.db.deleteFrom('alerts.alert').execute();
});

/** Time goes on, and the open alerts of a kind are returned. */
async function look(kind: string, afterMs = 2 * 60 * 60_000) {
  mdm.clock.advance(afterMs);
  for (const worker of alertsWorkers(mdm.context)) await worker.run(mdm.context.signal);
  const { rows } = await listAlerts(mdm.context.db, { state: 'open', top: 100, skip: 0 });
  return rows.filter((row) => row.kind === kind);
}

const person = async (name: string): Promise<string> => {
  const { id } = await mdm.context.db
    .insertInto('directory.person')
    .values({ userPrincipalName: `${name}@example.org`, displayName: name, createdAt: new Date() })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
};

describe('a device for another person [brief 28]', () => {
  it('reminds of that person’s Apple Account when it is prepared and when it is enrolled', async () => {
    const [ann, ben] = [await person('ann'), await person('ben')];
    const link = await createEnrollmentLink(
      mdm.context,
      { personId: ben, ownership: 'company' },
      actor,
    );
    expect(link.reminder).toMatch(/this person sign in .* own Apple Account/);
    const shared = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    expect(shared.reminder).toBeUndefined();

    const device = new TestDevice(mdm, 'C02HAND0001');
    await device.enroll(ann);
    expect(await look('deviceHandedOver')).toEqual([]);
    await device.enroll(ann);
    expect(await look('deviceHandedOver')).toEqual([]);
    await device.checkOut();
    await device.enroll(ben);
    expect(await look('deviceHandedOver')).toMatchObject([
      {
        severity: 'information',
        message: expect.stringContaining('enrolled for ben'),
        remedy: expect.stringContaining('their own Apple Account'),
      },
    ]);
    expect(await look('deviceHandedOver', 31 * day)).toEqual([]);
  });
});

/** What the audit says of an action. */
const audited = async (action: string) =>
  mdm.context.db
    .selectFrom('audit.entry')
    .select(['targetName', 'detail'])
    .where('action', '=', action)
    .execute();

describe('a serial number that comes with another UDID', () => {
  it('is refused while the managed device comes, and pointed out once until an administrator decides', async () => {
    const device = new TestDevice(mdm, 'C02LIAR0001');
    await device.enroll();
    await device.enroll();
    expect(await look('serialNumberClaimed')).toEqual([]);
    mdm.clock.advance(20 * day);
    await device.idle();
    mdm.clock.advance(29 * day);
    const claimant = new TestDevice(mdm, 'C02LIAR0001');
    await claimant.installProfile();
    for (let i = 0; i < 2; i += 1)
      expect(await claimant.authenticate()).toMatchObject({
        status: 400,
        text: expect.stringContaining('managed device with another UDID'),
      });
    expect((await device.idle()).status).toBe(200);
    expect(await look('serialNumberClaimed')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining(claimant.udid) },
    ]);
    expect(await audited('refuseEnrollment')).toEqual([
      { targetName: 'C02LIAR0001', detail: { udid: claimant.udid } },
    ]);
    const { id } = await mdm.context.db
      .selectFrom('devices.device')
      .select('id')
      .where('serialNumber', '=', 'C02LIAR0001')
      .executeTakeFirstOrThrow();
    await deleteDevice(mdm.context, id, actor);
    expect((await claimant.authenticate()).status).toBe(200);
    expect((await claimant.updateToken()).status).toBe(200);
    expect(await look('serialNumberClaimed')).toEqual([]);
    expect(await look('serialNumberOnOtherHardware')).toEqual([]);
  });

  it('is not had by whoever authenticated before the device enrolled', async () => {
    const [device, claimant] = [
      new TestDevice(mdm, 'C02LIAR0002'),
      new TestDevice(mdm, 'C02LIAR0002'),
    ];
    await claimant.installProfile();
    await claimant.authenticate();
    await device.enroll();
    expect((await claimant.updateToken()).status).toBe(400);
    expect((await device.idle()).status).toBe(200);
  });

  it('goes to other hardware when the device before comes no more, and that is pointed out for a month and recorded', async () => {
    const device = new TestDevice(mdm, 'C02REPAIR01');
    await device.enroll();
    mdm.clock.advance(30 * day);
    const repaired = new TestDevice(mdm, 'C02REPAIR01');
    await repaired.enroll();
    expect(await look('serialNumberOnOtherHardware')).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringContaining(`was ${device.udid} and is ${repaired.udid}`),
      },
    ]);
    expect(await audited('replaceEnrollment')).toEqual([
      { targetName: 'C02REPAIR01', detail: { udid: repaired.udid, udidBefore: device.udid } },
    ]);
    expect(await look('serialNumberOnOtherHardware', 31 * day)).toEqual([]);
  });

  it('goes to other hardware at once when an administrator has retired the device', async () => {
    const device = new TestDevice(mdm, 'C02REPAIR02');
    await device.enroll();
    const { id } = await mdm.context.db
      .selectFrom('devices.device')
      .select('id')
      .where('serialNumber', '=', 'C02REPAIR02')
      .executeTakeFirstOrThrow();
    await retireDevice(mdm.context, id, actor);
    const repaired = new TestDevice(mdm, 'C02REPAIR02');
    await repaired.enroll();
    expect((await repaired.idle()).status).toBe(200);
    expect(await look('serialNumberOnOtherHardware')).toHaveLength(1);
  });
});

describe('device identities', () => {
  it('that end are pointed out ahead, once for all devices, until they are renewed', async () => {
    await mdm.context.db.updateTable('devices.enrollment').set({ state: 'checkedOut' }).execute();
    const devices = [new TestDevice(mdm, 'C02ENDS0001'), new TestDevice(mdm, 'C02ENDS0002')];
    for (const device of devices) await device.enroll();
    expect(await look('deviceIdentityExpires', 300 * day)).toEqual([]);
    expect(await look('deviceIdentityExpires', 10 * day)).toMatchObject([
      {
        severity: 'information',
        message: expect.stringContaining('2 devices, of C02ENDS0001 first'),
        remedy: expect.stringContaining('renewal link'),
      },
    ]);
    expect(await look('deviceIdentityExpires', 50 * day)).toMatchObject([{ severity: 'warning' }]);
    expect(await look('deviceIdentityExpires', 10 * day)).toMatchObject([{ severity: 'critical' }]);
    for (const device of devices) {
      const { id } = await mdm.context.db
        .selectFrom('devices.device')
        .select('id')
        .where('serialNumber', '=', device.serialNumber)
        .executeTakeFirstOrThrow();
      await device.openLink((await createRenewalLink(mdm.context, id, actor)).url);
      expect((await device.idle()).status).toBe(200);
    }
    expect(await look('deviceIdentityExpires')).toEqual([]);
  });
});

describe('the push certificate', () => {
  it('is pointed out before it ends, with the account it is renewed by', async () => {
    const until = (days: number) =>
      selfSigned({
        commonName: 'APSP',
        userId: TOPIC,
        notAfter: new Date(mdm.clock.now().getTime() + days * day),
      });
    expect(await look('pushCertificateExpires')).toEqual([]);
    await setPushCertificate(mdm.context, until(20), actor);
    expect(await look('pushCertificateExpires')).toMatchObject([
      { severity: 'information', remedy: expect.stringContaining('same Apple Account') },
    ]);
    expect(await look('pushCertificateExpires', 20 * day)).toMatchObject([
      { severity: 'critical', message: expect.stringContaining('has ended') },
    ]);
    await setPushCertificate(mdm.context, until(400), actor);
    expect(await look('pushCertificateExpires')).toEqual([]);
  });
});

describe('devices that do not come', () => {
  it('are pointed out after 90 days, enrolled or known by serial number alone, with their licenses', async () => {
    mdm.clock.advance(91 * day);
    await mdm.context.db
      .updateTable('devices.device')
      .set({ managementState: 'unenrolled' })
      .execute();
    expect(await look('devicesIdle')).toEqual([]);
    await mdm.context.db
      .insertInto('directory.device')
      .values({ serialNumber: 'C02AHEAD001', createdAt: mdm.clock.now() })
      .execute();
    const organization = new TestOrganization(mdm.context);
    const location = { uid: '2049000000001', ...(await organization.location('2049000000001')) };
    const { appId } = await organization.app(location, 10);
    const group = await organization.group();
    const enrolled = await organization.device('C02SILENT01', { lastCheckInAt: mdm.clock.now() });
    await organization.join(group, { deviceId: enrolled.directoryId });
    await organization.assign(appId, group);
    await organization.decide();
    expect(await look('devicesIdle', 89 * day)).toEqual([]);
    expect(await look('devicesIdle', 2 * day)).toMatchObject([
      {
        message:
          '2 devices, C02AHEAD001 among them, were not seen for 90 days; 2 never enrolled. Licenses they hold: 1.',
      },
    ]);
  });
});

describe('a device-enrollment token', () => {
  it('is pointed out before it ends [brief 24]', async () => {
    await mdm.context.db
      .insertInto('devices.serverToken')
      .values({
        displayName: 'iPads',
        consumerKey: 'CK_1',
        secret: Buffer.of(1),
        expiresAt: new Date(mdm.clock.now().getTime() + 6 * day),
        uploadedBy: 'Ada',
        uploadedAt: mdm.clock.now(),
      })
      .execute();
    expect(await look('serverTokenExpires')).toMatchObject([
      {
        severity: 'warning',
        subjectName: 'iPads',
        remedy: expect.stringContaining('server token'),
      },
    ]);
  });
});
