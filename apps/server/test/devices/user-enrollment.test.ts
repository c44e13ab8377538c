import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEnrollmentLink } from '../../src/devices/index.ts';
import {
  findManagedDevice,
  managedDeviceEntity,
} from '../../src/http/graph/managed-devices/source.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';
import { payloadOf, TestDevice } from './support/test-device.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

async function person(name: string, managedAppleId: string | null): Promise<string> {
  const { id } = await mdm.context.db
    .insertInto('directory.person')
    .values({
      userPrincipalName: `${name}@example.org`,
      displayName: name,
      managedAppleId,
      createdAt: new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const linkFor = async (personId?: string, more: object = {}) =>
  createEnrollmentLink(
    mdm.context,
    { personId, ownership: 'personal', userEnrollment: true, ...more },
    actor,
  );

/** A device of its person, known by an EnrollmentID. */
async function ownDevice(personId: string): Promise<TestDevice> {
  const device = new TestDevice(mdm, '', 'D3D5A3C1-0000-4000-8000-000000000001');
  device.idKind = 'EnrollmentID';
  const profile = await device.openLink((await linkFor(personId)).url);
  const management = payloadOf(profile, 'com.apple.mdm');
  expect(management).toMatchObject({
    EnrollmentMode: 'BYOD',
    AssignedManagedAppleID: 'ada@appleid.example.org',
  });
  expect(management).not.toHaveProperty('AccessRights');
  return device;
}

describe('User Enrollment', () => {
  it('manages a person’s own device by its EnrollmentID, without a serial number [L 17]', async () => {
    const personId = await person('ada', 'ada@appleid.example.org');
    const device = await ownDevice(personId);
    expect(await device.authenticate()).toMatchObject({ status: 200 });
    expect(await device.updateToken()).toMatchObject({ status: 200 });
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told[0]?.requestType).toBe('DeviceInformation');
    const row = await mdm.context.db
      .selectFrom('devices.device')
      .selectAll()
      .where('personId', '=', personId)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      userEnrollment: true,
      ownership: 'personal',
      managementState: 'managed',
      serialNumber: expect.stringMatching(/^USER-[\dA-F]{16}$/),
    });
    const shown = managedDeviceEntity(await findManagedDevice(mdm.context.db, row.id));
    expect(shown).toMatchObject({
      serialNumber: null,
      deviceEnrollmentType: 'appleUserEnrollment',
      userId: personId,
    });
    expect((await device.checkOut()).status).toBe(200);
  });

  it('takes no device that shows its UDID, and an ordinary link none that hides it', async () => {
    const personId = await person('bea', 'bea@appleid.example.org');
    const open = new TestDevice(mdm, 'C02USER0001');
    await open.openLink((await linkFor(personId)).url);
    expect(await open.authenticate()).toMatchObject({
      status: 400,
      text: expect.stringContaining('User Enrollment'),
    });
    const hidden = new TestDevice(mdm, '');
    hidden.idKind = 'EnrollmentID';
    await hidden.installProfile(personId);
    expect(await hidden.authenticate()).toMatchObject({
      status: 400,
      text: expect.stringContaining('did not tell its serial number'),
    });
  });

  it('is for a person with a Managed Apple Account, on a device of their own', async () => {
    const managed = await person('cy', 'cy@appleid.example.org');
    const without = await person('di', null);
    const refused = [
      [undefined, {}, 'userEnrollmentNeedsPerson'],
      [managed, { ownership: 'company' }, 'userEnrollmentNeedsPerson'],
      [managed, { kiosk: true }, 'userEnrollmentNeedsPerson'],
      [without, {}, 'noManagedAppleAccount'],
    ] as const;
    for (const [personId, more, code] of refused)
      await expect(linkFor(personId, more)).rejects.toThrow(expect.objectContaining({ code }));
    const link = await linkFor(managed);
    const { payload } = await mdm.http.inject(new URL(link.url).pathname);
    expect(payload).toContain('Managed Apple Account');
    await mdm.context.db
      .updateTable('directory.person')
      .set({ managedAppleId: null })
      .where('id', '=', managed)
      .execute();
    const late = await mdm.http.inject({ method: 'POST', url: new URL(link.url).pathname });
    expect(late.statusCode).toBe(404);
  });
});
