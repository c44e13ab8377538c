import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { FleetWorld } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';
import { IDENTITY_UUID, TOPIC, profileXml, without, type ProfileParts } from './support/profile.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

describe('enrollment', () => {
  it('sends Authenticate and TokenUpdate, signed, with the right content type', async () => {
    const device = w.create({ serialNumber: 'ENROLL0001', osVersion: '18.1' });
    await w.fleet.enroll(device, w.serve());
    const [authenticate, tokenUpdate] = w.server.received;
    expect(authenticate?.path).toBe('/checkin');
    expect(authenticate?.headers['content-type']).toBe('application/x-apple-aspen-mdm-checkin');
    expect(authenticate?.message).toMatchObject({
      MessageType: 'Authenticate',
      Topic: TOPIC,
      UDID: device.udid,
      SerialNumber: 'ENROLL0001',
      OSVersion: '18.1',
    });
    expect(tokenUpdate?.message).toMatchObject({ MessageType: 'TokenUpdate', Topic: TOPIC });
    const token = Buffer.from(tokenUpdate?.message['Token'] as Uint8Array).toString('hex');
    expect(token).toBe(device.enrollment?.pushToken);
    expect(w.push.tokens.status(token)).toMatchObject({ kind: 'registered', topic: TOPIC });
    expect(device.enrollment?.confirmed).toBe(true);
    for (const { raw, headers } of w.server.received) {
      const signature = Buffer.from(String(headers['mdm-signature']), 'base64');
      const { openSsl } = w;
      const trust = openSsl.file(w.authority.certificate);
      const files = ['-in', openSsl.file(signature), '-content', openSsl.file(raw)];
      const form = ['-binary', '-purpose', 'any', '-inform', 'DER', '-out', openSsl.path('out')];
      openSsl.run('cms', '-verify', ...form, ...files, '-CAfile', trust);
    }
  });

  it('presents its identity to TLS when messages are not signed', async () => {
    const device = w.create();
    await w.fleet.enroll(
      device,
      w.serve({ ...w.parts, mdm: { ...w.parts.mdm, SignMessage: false } }),
    );
    expect(w.server.received.map(({ clientName }) => clientName)).toEqual([
      'device identity',
      'device identity',
    ]);
    expect(w.server.received[0]?.headers).not.toHaveProperty('mdm-signature');
  });

  it('withholds what the rights do not allow', async () => {
    const mdm = { ...w.parts.mdm, AccessRights: 4096 };
    await w.fleet.enroll(w.create(), w.serve({ ...w.parts, mdm }));
    expect(w.server.messages('Authenticate')[0]).not.toHaveProperty('SerialNumber');
    expect(w.server.messages('TokenUpdate')[0]).not.toHaveProperty('UnlockToken');
  });

  it('checks in at the ServerURL when there is no CheckInURL', async () => {
    await w.fleet.enroll(
      w.create(),
      w.serve({ ...w.parts, mdm: without(w.parts.mdm, 'CheckInURL') }),
    );
    expect(w.server.received.map(({ path }) => path)).toEqual(['/connect', '/connect']);
  });

  it('takes a signed profile, but not one changed after signing', async () => {
    const signed = sign(profileXml(w.parts));
    await expect(w.fleet.enroll(w.create(), w.serveBody(signed))).resolves.toBeUndefined();
    const changed = Buffer.from(signed);
    changed[changed.indexOf('localhost')] = 'L'.charCodeAt(0);
    await expect(w.fleet.enroll(w.create(), w.serveBody(changed))).rejects.toThrow(/sign/);
  });

  it.each<[string, (parts: ProfileParts) => ProfileParts, RegExp]>([
    ['no Topic', drop('Topic'), /Topic is missing/],
    ['a Topic outside com.apple.mgmt', set('Topic', 'org.example'), /Topic must begin/],
    ['no ServerURL', drop('ServerURL'), /ServerURL is missing/],
    ['a ServerURL without TLS', set('ServerURL', 'http://localhost/'), /ServerURL must be a URL/],
    [
      'a CheckInURL without TLS',
      set('CheckInURL', 'http://localhost/'),
      /CheckInURL must be a URL/,
    ],
    ['no AccessRights', drop('AccessRights'), /AccessRights is missing/],
    ['no rights at all', set('AccessRights', 0), /AccessRights must be from 1/],
    ['rights as text', set('AccessRights', '8191'), /AccessRights must be of type integer/],
    ['right 2 without 1', set('AccessRights', 2), /hold 1 where it holds 2/],
    ['right 128 without 64', set('AccessRights', 128), /hold 64 where it holds 128/],
    ['SignMessage as text', set('SignMessage', 'true'), /SignMessage must be of type boolean/],
    [
      'an identity that is not there',
      set('IdentityCertificateUUID', 'F'.repeat(8)),
      /names no payload/,
    ],
    ['no MDM payload', set('PayloadType', 'com.apple.wifi.managed'), /exactly one payload/],
    ['a payload without a UUID', drop('PayloadUUID'), /PayloadUUID is missing/],
    ['a payload without a version', drop('PayloadVersion'), /PayloadVersion is missing/],
    ['a payload without an identifier', drop('PayloadIdentifier'), /PayloadIdentifier is missing/],
    [
      'another outer type',
      (parts) => ({ ...parts, outer: { ...parts.outer, PayloadType: 'Profile' } }),
      /must be "Configuration"/,
    ],
    ['no password', identity((payload) => without(payload, 'Password')), /Password is missing/],
    [
      'a wrong password',
      identity((payload) => ({ ...payload, Password: 'x' })),
      /password does not open/,
    ],
    [
      'modern PKCS #12',
      identity((payload) => ({
        ...payload,
        PayloadContent: w.openSsl.pkcs12(w.identity, []),
      })),
      /devices accept only/,
    ],
    [
      'an ACME identity',
      identity((payload) => ({ ...payload, PayloadType: 'com.apple.security.acme' })),
      /take com.apple.security.pkcs12 and com.apple.security.scep/,
    ],
    [
      'one UUID twice',
      (parts) => ({
        ...parts,
        mdm: { ...parts.mdm, PayloadUUID: IDENTITY_UUID },
      }),
      /PayloadUUID twice/,
    ],
  ])('refuses a profile with %s', async (_name, change, problem) => {
    const device = w.create();
    await expect(w.fleet.enroll(device, w.serve(change(w.parts)))).rejects.toThrow(problem);
    expect(device.enrollment).toBeUndefined();
    expect(w.server.received).toEqual([]);
  });

  it('refuses another content type, a missing profile, and plain http', async () => {
    const xml = w.serveBody(profileXml(w.parts), 'text/xml');
    await expect(w.fleet.enroll(w.create(), xml)).rejects.toThrow(/content type "text\/xml"/);
    await expect(w.fleet.enroll(w.create(), `${w.server.url}/nowhere`)).rejects.toThrow(
      /answers 404/,
    );
    await expect(w.fleet.enroll(w.create(), 'http://localhost/')).rejects.toThrow(/https/);
  });

  it('refuses a server it does not trust', async () => {
    await using stranger = await FleetWorld.start();
    await expect(w.fleet.enroll(w.create(), stranger.serve())).rejects.toThrow(/certificate/);
  });

  it('gives up when the server does not accept Authenticate', async () => {
    w.server.refuse = () => ({ status: 500 });
    const device = w.create();
    await expect(w.fleet.enroll(device, w.serve())).rejects.toThrow(/Authenticate: it answers 500/);
    expect(device.enrollment).toBeUndefined();
  });

  it('sends TokenUpdate again until the server accepts it', async () => {
    let refusals = 2;
    w.server.refuse = ({ message }) =>
      message['MessageType'] === 'TokenUpdate' && refusals-- > 0 ? { status: 503 } : undefined;
    const device = w.create();
    await w.fleet.enroll(device, w.serve());
    await vi.waitFor(() => expect(device.enrollment?.confirmed).toBe(true));
    expect(w.server.messages('TokenUpdate')).toHaveLength(3);
  });

  it('ends at a 401 to TokenUpdate', async () => {
    w.server.refuse = ({ message }) =>
      message['MessageType'] === 'TokenUpdate' ? { status: 401 } : undefined;
    const device = w.create();
    await expect(w.fleet.enroll(device, w.serve())).rejects.toThrow(/TokenUpdate 401/);
    expect(device.enrollment).toBeUndefined();
  });

  it('follows a redirect of the check-in without remembering it', async () => {
    w.server.refuse = ({ path }) =>
      path === '/checkin' ? { status: 301, headers: { location: '/moved' } } : undefined;
    await w.fleet.enroll(w.create(), w.serve());
    expect(w.server.received.map(({ path }) => path)).toEqual([
      '/checkin',
      '/moved',
      '/checkin',
      '/moved',
    ]);
  });
});

describe('the end of an enrollment', () => {
  it('is told by CheckOut when the person removes the profile, unless that is lost', async () => {
    const [told, silent] = [await w.enrolled(), await w.enrolled()];
    await w.fleet.checkOut(told, false);
    await w.fleet.checkOut(silent, true);
    expect(w.server.messages('CheckOut')).toEqual([
      { MessageType: 'CheckOut', Topic: TOPIC, UDID: told.udid },
    ]);
    expect(silent.enrollment).toBeUndefined();
  });

  it('comes with any 401, and the push token is void then', async () => {
    const device = await w.enrolled();
    const token = device.enrollment?.pushToken ?? '';
    w.server.refuse = () => ({ status: 401 });
    await w.fleet.checkIn(device);
    expect(device.enrollment).toBeUndefined();
    expect(w.push.tokens.status(token).kind).toBe('unregistered');
    expect(w.world.journal.entries('enrollment.ended').at(-1)).toMatchObject({
      serialNumber: device.serialNumber,
      reason: '401',
    });
  });

  it('comes silently with a wipe; the serial number and UDID enroll again', async () => {
    const device = await w.enrolled();
    const { udid, serialNumber } = device;
    const first = device.enrollment?.pushToken;
    w.fleet.wipe(device);
    expect(w.server.messages('CheckOut')).toEqual([]);
    await w.fleet.enroll(device, w.serve());
    expect(w.server.messages('Authenticate').at(-1)).toMatchObject({
      UDID: udid,
      SerialNumber: serialNumber,
    });
    expect(device.enrollment?.pushToken).not.toBe(first);
  });

  it('has to come before the next enrollment', async () => {
    const device = await w.enrolled();
    await expect(w.fleet.enroll(device, w.serve())).rejects.toThrow(/enrolled already/);
  });
});

it('a new push token is told with a new magic, and the old one is void', async () => {
  const device = await w.enrolled();
  const before = { ...device.enrollment };
  await w.fleet.renewToken(device);
  const [first, second] = w.server.messages('TokenUpdate');
  expect(second?.['PushMagic']).not.toBe(first?.['PushMagic']);
  expect(w.push.tokens.status(before.pushToken ?? '').kind).toBe('unregistered');
  expect(w.push.tokens.status(device.enrollment?.pushToken ?? '').kind).toBe('registered');
});

function sign(xml: string): Buffer {
  const { openSsl, identity } = w;
  const output = openSsl.path('der');
  const signer = [
    '-signer',
    openSsl.file(identity.certificate),
    '-inkey',
    openSsl.file(identity.key),
  ];
  openSsl.run(
    'smime',
    '-sign',
    '-nodetach',
    '-binary',
    '-outform',
    'DER',
    ...signer,
    '-in',
    openSsl.file(xml),
    '-out',
    output,
  );
  return openSsl.readBytes(output);
}

type Change = (parts: ProfileParts) => ProfileParts;

function identity(change: (identity: Dictionary) => Dictionary): Change {
  return (parts) => ({ ...parts, identity: change(parts.identity) });
}

function set(key: string, value: Dictionary[string]): Change {
  return (parts) => ({ ...parts, mdm: { ...parts.mdm, [key]: value } });
}

function drop(key: string): Change {
  return (parts) => ({ ...parts, mdm: without(parts.mdm, key) });
}
