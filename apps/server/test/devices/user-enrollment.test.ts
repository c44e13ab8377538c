import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEnrollmentLink, createRenewalLink } from '../../src/devices/index.ts';
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

const SIGN_IN = '/account-enrollment/sign-in';

/** Types a code into the sign-in page. */
async function signIn(code: string, account?: string, remoteAddress = '127.0.0.1') {
  const query =
    account === undefined
      ? ''
      : `?${new URLSearchParams({ 'user-identifier': account }).toString()}`;
  const answer = await mdm.http.inject({
    method: 'POST',
    url: `${SIGN_IN}${query}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ code }).toString(),
    remoteAddress,
  });
  const token =
    /^apple-remotemanagement-user-login:\/\/authentication-results\?access-token=([\w-]{43})$/.exec(
      String(answer.headers.location),
    )?.[1];
  return { status: answer.statusCode, text: answer.payload, token };
}

/** Asks for the profile, as a device does with a signed description of itself. */
const askProfile = async (token?: string) =>
  mdm.http.inject({
    method: 'POST',
    url: '/account-enrollment',
    headers: {
      'content-type': 'application/pkcs7-signature',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: Buffer.of(0x30, 0),
  });

const codeOf = ({ url }: { readonly url: string }): string => url.split('/').at(-1) ?? '';

/** A device of its person, known by an EnrollmentID, whose profile came by the account. */
async function ownDevice(personId: string): Promise<TestDevice> {
  const device = new TestDevice(mdm, '', randomUUID().toUpperCase());
  device.idKind = 'EnrollmentID';
  const { token } = await signIn(codeOf(await linkFor(personId)));
  const answer = await askProfile(token);
  expect(answer.statusCode).toBe(200);
  const management = payloadOf(device.takeProfile(answer.rawPayload), 'com.apple.mdm');
  expect(management).toMatchObject({
    EnrollmentMode: 'BYOD',
    AssignedManagedAppleID: 'ada@appleid.example.org',
  });
  expect(management).not.toHaveProperty('AccessRights');
  expect(management).not.toHaveProperty('ManagedAppleID');
  return device;
}

describe('User Enrollment by the account', () => {
  it('is found from the domain of the account, and asks for a sign-in before it gives the profile', async () => {
    const found = await mdm.http.inject(
      '/.well-known/com.apple.remotemanagement?user-identifier=ada%40example.org&model-family=iPhone',
    );
    expect(found.headers['content-type']).toContain('application/json');
    expect(found.json()).toEqual({
      Servers: [{ Version: 'mdm-byod', BaseURL: 'https://mdm.example.org/account-enrollment' }],
    });
    for (const token of [undefined, 'guessed']) {
      const answer = await askProfile(token);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        `Bearer method="apple-as-web", url="https://mdm.example.org${SIGN_IN}"`,
      );
    }
    const page = await mdm.http.inject(`${SIGN_IN}?user-identifier=%3Cada%3E`);
    expect(page.statusCode).toBe(200);
    expect(page.payload).toContain('&#60;ada&#62;');
    // Chrome and Safari let a form lead nowhere else, not even by a redirect.
    expect(page.headers['content-security-policy']).toContain(
      "form-action 'self' apple-remotemanagement-user-login:",
    );
  });

  it('takes the code that the page of the link shows, however it is typed, for one profile', async () => {
    const link = await linkFor(await person('eli', 'eli@appleid.example.org'));
    const { payload } = await mdm.http.inject(new URL(link.url).pathname);
    const shown = /[\dA-HJKMNP-TV-Z]{4}(?:-[\dA-HJKMNP-TV-Z]{4}){2}/.exec(payload)?.[0] ?? '';
    expect(shown.replaceAll('-', '')).toBe(codeOf(link));
    expect(payload).toContain('eli@appleid.example.org');
    const first = await signIn(` ${shown.toLowerCase().replaceAll('0', 'o')} `);
    expect(first.status).toBe(308);
    const stored = await mdm.context.db.selectFrom('devices.enrollmentLink').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(first.token);
    const second = await signIn(shown, 'Eli@AppleID.example.org');
    // A sign-in that was broken off can be tried again; the token before is void then.
    expect((await askProfile(first.token)).statusCode).toBe(401);
    expect((await askProfile(second.token)).statusCode).toBe(200);
    expect((await askProfile(second.token)).statusCode).toBe(401);
    expect(await signIn(shown)).toMatchObject({
      status: 400,
      text: expect.stringContaining('was used already'),
      token: undefined,
    });
  });

  it('gives a profile to nobody with an old token, another account, or the code of an ordinary link', async () => {
    const personId = await person('fay', 'fay@appleid.example.org');
    const link = await linkFor(personId);
    expect(await signIn(codeOf(link), 'eve@appleid.example.org')).toMatchObject({
      status: 400,
      text: expect.stringContaining('another account'),
    });
    const { token } = await signIn(codeOf(link));
    mdm.clock.advance(10 * 60_000);
    expect((await askProfile(token)).statusCode).toBe(401);
    const ordinary = await createEnrollmentLink(
      mdm.context,
      { personId, ownership: 'personal' },
      actor,
    );
    expect((await signIn(codeOf(ordinary))).status).toBe(400);
  });

  it('lets nobody guess codes: ten wrong ones close the page to an address for a quarter of an hour', async () => {
    const code = codeOf(await linkFor(await person('gus', 'gus@appleid.example.org')));
    for (let i = 0; i < 10; i += 1)
      expect((await signIn('0000-0000-0000', undefined, '192.0.2.1')).status).toBe(400);
    expect(await signIn(code, undefined, '192.0.2.1')).toMatchObject({
      status: 429,
      text: expect.stringContaining('Too many wrong codes'),
    });
    expect((await signIn(code, undefined, '192.0.2.2')).status).toBe(308);
    mdm.clock.advance(15 * 60_000);
    expect((await signIn(code, undefined, '192.0.2.1')).status).toBe(308);
  });

  it('keeps the mode and the account when its identity is renewed', async () => {
    const personId = await person('hal', 'ada@appleid.example.org');
    const device = await ownDevice(personId);
    await device.authenticate();
    await device.updateToken();
    const { id } = await mdm.context.db
      .selectFrom('devices.device')
      .select('id')
      .where('personId', '=', personId)
      .executeTakeFirstOrThrow();
    mdm.clock.advance(24 * 60 * 60_000);
    const { url } = await createRenewalLink(mdm.context, id, actor);
    const renewed = payloadOf(await device.openLink(url), 'com.apple.mdm');
    expect(renewed).toMatchObject({
      EnrollmentMode: 'BYOD',
      AssignedManagedAppleID: 'ada@appleid.example.org',
    });
    expect((await device.idle()).status).toBe(200);
  });
});

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

  it('names the account where systems up to iOS 17 and macOS 14 look for it, in a profile from a link', async () => {
    const link = await linkFor(await person('ivy', 'ivy@appleid.example.org'));
    const device = new TestDevice(mdm, '');
    const management = payloadOf(await device.openLink(link.url), 'com.apple.mdm');
    expect(management).toMatchObject({ ManagedAppleID: 'ivy@appleid.example.org' });
    for (const key of ['EnrollmentMode', 'AssignedManagedAppleID', 'AccessRights'])
      expect(management).not.toHaveProperty(key);
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
