import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { FleetWorld, installCommand } from './support/fleet-world.ts';
import { PushClient } from '../push/push-client.ts';

const INFORMATION = { RequestType: 'DeviceInformation', Queries: ['UDID'] };
const LIST = { RequestType: 'InstalledApplicationList' };

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

/** Status and command of everything a session sent, for example `Idle` or `NotNow c-1`. */
function conversation(): string[] {
  return w.server.received
    .filter(({ path }) => path === '/connect')
    .map(({ message: { Status, CommandUUID = '' } }) =>
      `${text(Status)} ${text(CommandUUID)}`.trim(),
    );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'not a text';
}

describe('session', () => {
  it('says Idle, answers commands one by one, and ends at the empty body', async () => {
    const device = await w.enrolled();
    w.server.enqueue(INFORMATION, 'c-1');
    w.server.enqueue(LIST, 'c-2');
    await w.fleet.checkIn(device);
    expect(conversation()).toEqual(['Idle', 'Acknowledged c-1', 'Acknowledged c-2']);
    const [idle] = w.server.received.filter(({ path }) => path === '/connect');
    expect(idle?.headers['content-type']).toBe('application/x-apple-aspen-mdm; charset=UTF-8');
    expect(idle?.headers).toHaveProperty('mdm-signature');
    expect(idle?.message).toEqual({ UDID: device.udid, Status: 'Idle' });
  });

  it('begins when a push with the right magic arrives, and only then', async () => {
    const device = await w.enrolled();
    using sender = new PushClient(
      w.push,
      await w.push.issueCertificate(device.enrollment?.profile.topic),
    );
    const { pushToken = '', pushMagic = '' } = device.enrollment ?? {};
    await sender.send(pushToken, JSON.stringify({ mdm: 'not the magic' }));
    await vi.waitFor(() =>
      expect(w.world.counters.get('push.ignored', device.serialNumber)).toBe(1),
    );
    expect(conversation()).toEqual([]);
    await sender.send(pushToken, JSON.stringify({ mdm: pushMagic }));
    await vi.waitFor(() => expect(conversation()).toEqual(['Idle']));
  });

  it('begins with the push that was kept when the device comes online', async () => {
    const device = await w.enrolled();
    const { pushToken = '', pushMagic = '' } = device.enrollment ?? {};
    w.fleet.change(device, { online: false });
    for (let count = 0; count < 3; count++)
      w.push.tokens.accept(pushToken, { magic: pushMagic, lifetimeMs: 1000 });
    w.fleet.change(device, { online: true });
    await vi.waitFor(() => expect(conversation()).toEqual(['Idle']));
  });
});

describe('NotNow', () => {
  it('as the last word makes the device come back by itself once unlocked', async () => {
    const device = await w.enrolled({ locked: true });
    w.server.enqueue(installCommand(), 'c-1');
    await w.fleet.checkIn(device);
    expect(conversation()).toEqual(['Idle', 'NotNow c-1']);
    w.fleet.change(device, { locked: false });
    await vi.waitFor(() => expect(conversation().slice(2)).toEqual(['Idle', 'Acknowledged c-1']));
  });

  it('as the last word of a session during which the device was unlocked does so too', async () => {
    const device = await w.enrolled({ locked: true });
    w.server.enqueue(installCommand(), 'c-1');
    w.server.refuse = ({ message }) => {
      if (message['Status'] === 'NotNow') w.fleet.change(device, { locked: false });
      return undefined;
    };
    await w.fleet.checkIn(device);
    await vi.waitFor(() =>
      expect(conversation()).toEqual(['Idle', 'NotNow c-1', 'Idle', 'Acknowledged c-1']),
    );
  });

  it('as the last word holds when the unlock comes while the device is offline', async () => {
    const device = await w.enrolled({ locked: true });
    w.server.enqueue(installCommand(), 'c-1');
    await w.fleet.checkIn(device);
    w.fleet.change(device, { online: false });
    w.fleet.change(device, { locked: false });
    w.fleet.change(device, { online: true });
    await vi.waitFor(() => expect(w.server.results('c-1').at(-1)?.['Status']).toBe('Acknowledged'));
  });

  it('followed by another answer does not', async () => {
    const device = await w.enrolled({ locked: true });
    w.server.enqueue(installCommand(), 'c-1');
    w.server.enqueue(INFORMATION, 'c-2');
    await w.fleet.checkIn(device);
    expect(conversation()).toEqual(['Idle', 'NotNow c-1', 'Acknowledged c-2']);
    w.fleet.change(device, { locked: false });
    await w.world.clock.advance(86_400_000);
    expect(conversation()).toHaveLength(3);
  });

  it('is never said to queries', async () => {
    const device = await w.enrolled({ locked: true });
    for (const command of [INFORMATION, LIST, { RequestType: 'ProfileList' }])
      expect(await w.run(device, command)).toMatchObject({ Status: 'Acknowledged' });
  });

  it('ends the session when the server offers the same command again and again', async () => {
    const device = await w.enrolled({ locked: true });
    const uuid = w.server.enqueue(installCommand());
    w.server.stubborn = true;
    await w.fleet.checkIn(device);
    expect(w.server.results(uuid).length).toBeGreaterThan(10);
    expect(w.world.counters.get('session.endless', device.serialNumber)).toBe(1);
  });
});

describe('failures on the way', () => {
  it('a result is sent again, with growing pauses, until the server accepts it', async () => {
    const device = await w.enrolled();
    let refusals = 3;
    w.server.refuse = ({ message }) =>
      message['Status'] === 'Acknowledged' && refusals-- > 0 ? { status: 500 } : undefined;
    w.server.enqueue(INFORMATION, 'c-1');
    await w.fleet.checkIn(device);
    await vi.waitFor(() => expect(w.server.pending).toBe(0));
    expect(conversation()).toEqual(['Idle', ...Array<string>(4).fill('Acknowledged c-1')]);
    const pauses = w.world.journal
      .entries('session.failed')
      .filter(({ serialNumber }) => serialNumber === device.serialNumber)
      .map(({ pause }) => pause);
    expect(pauses).toEqual([10_000, 20_000, 40_000]);
  });

  it('a result whose answer was lost arrives twice', async () => {
    const device = await w.enrolled();
    w.server.enqueue(INFORMATION, 'c-1');
    w.world.faults.add({
      kind: 'device.answer-lost',
      scope: { serialNumber: device.serialNumber },
      times: 2,
    });
    await w.fleet.checkIn(device);
    await vi.waitFor(() => expect(w.server.results('c-1')).toHaveLength(1));
    w.world.faults.remove();
    w.server.enqueue(LIST, 'c-2');
    await w.fleet.checkIn(device);
    await vi.waitFor(() => expect(w.server.pending).toBe(0));
    expect(conversation().filter((line) => line === 'Idle').length).toBeGreaterThan(1);
  });

  it('the device stops trying after a while and waits for the next push', async () => {
    const device = await w.enrolled();
    w.world.faults.add({
      kind: 'device.unreachable',
      scope: { serialNumber: device.serialNumber },
    });
    await w.fleet.checkIn(device);
    const failures = () =>
      w.world.journal
        .entries('session.failed')
        .filter((line) => line['serialNumber'] === device.serialNumber);
    await vi.waitFor(() => expect(failures().at(-1)).not.toHaveProperty('pause'));
    expect(failures()).toHaveLength(9);
    w.world.faults.remove();
    await w.fleet.checkIn(device);
    expect(conversation()).toEqual(['Idle']);
  });

  it('a device that goes offline with a result brings it when it is back', async () => {
    const device = await w.enrolled();
    w.server.enqueue(INFORMATION, 'c-1');
    w.server.refuse = ({ message }) => {
      if (message['Status'] === 'Idle') w.fleet.change(device, { online: false });
      return undefined;
    };
    await w.fleet.checkIn(device);
    expect(w.server.results('c-1')).toEqual([]);
    w.fleet.change(device, { online: true });
    await vi.waitFor(() => expect(w.server.results('c-1')).toHaveLength(1));
    expect(conversation()).toEqual(['Idle', 'Acknowledged c-1']);
  });

  it('a slow device takes its time over a command', async () => {
    await using real = await FleetWorld.start(1);
    const device = await real.enrolled();
    real.world.faults.add({ kind: 'device.slow', settings: { delayMs: 3_600_000 } });
    real.server.enqueue(INFORMATION, 'c-1');
    const session = real.fleet.checkIn(device);
    await vi.waitFor(() => expect(real.server.messages('Idle')).toHaveLength(1));
    await real.world.clock.advance(3_500_000);
    expect(real.server.results('c-1')).toEqual([]);
    await vi.waitFor(async () => {
      await real.world.clock.advance(100_000);
      expect(real.server.results('c-1')).toHaveLength(1);
    });
    await session;
  });

  it.each([
    ['an empty property list', '<?xml version="1.0"?><plist version="1.0"><dict/></plist>'],
    ['no property list', 'OK'],
    [
      'a command without CommandUUID',
      '<plist version="1.0"><dict><key>Command</key><dict/></dict></plist>',
    ],
  ])('%s instead of the empty body ends the session and is counted', async (_name, body) => {
    const device = await w.enrolled();
    w.server.refuse = ({ path }) => (path === '/connect' ? { status: 200, body } : undefined);
    await w.fleet.checkIn(device);
    expect(conversation()).toEqual(['Idle']);
    expect(w.world.counters.get('command.unreadable', device.serialNumber)).toBe(1);
  });
});

describe('a device that lies', () => {
  it('signs with the certificate of another device', async () => {
    const liar = await w.enrolled();
    const other = w.openSsl.certify(w.authority, '/CN=other identity');
    const victim = w.create();
    const identity = { ...w.parts.identity, PayloadContent: w.openSsl.pkcs12(other) };
    await w.fleet.enroll(victim, w.serve({ ...w.parts, identity }));
    await w.fleet.checkIn(liar, { certificateOf: victim.serialNumber });
    const last = w.server.received.at(-1);
    expect(last?.message['UDID']).toBe(liar.udid);
    const signature = w.openSsl.file(Buffer.from(String(last?.headers['mdm-signature']), 'base64'));
    const text = w.openSsl.run('cms', '-cmsout', '-print', '-inform', 'DER', '-in', signature);
    expect(text).toContain('CN=other identity');
  });

  it('says the UDID of another device', async () => {
    const [liar, victim] = [await w.enrolled(), await w.enrolled()];
    await w.fleet.checkIn(liar, { udid: victim.udid });
    expect(w.server.messages('Idle').at(-1)).toMatchObject({ UDID: victim.udid });
  });
});
