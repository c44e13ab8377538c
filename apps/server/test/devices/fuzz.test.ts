import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type PlistValue, writePlist } from '@allotment/device-management';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mdm, openMdm } from './support/mdm.ts';
import { commandRow, enrolled, queue, remove } from './support/queue.ts';
import { sign, TestDevice } from './support/test-device.ts';

const PATHS = ['/mdm/checkin', '/mdm/connect'] as const;
const MiB = 1024 * 1024;

const folder = new URL('../../../../packages/device-management/test/corpus/', import.meta.url);
const corpus = readdirSync(folder).map((name) => readFileSync(new URL(name, folder)));

let mdm: Mdm;
let device: TestDevice;
let deviceId: string;
beforeAll(async () => {
  mdm = await openMdm();
  ({ device, deviceId } = await enrolled(mdm, 'C02FUZZ001'));
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** What devices that are broken or lie put into a field. */
const odd: fc.Arbitrary<PlistValue> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom<PlistValue[]>('', ' ', 'a'.repeat(3_000), '\u{1F4A9}'.repeat(600), "'; --"),
  fc.constantFrom<PlistValue[]>(-1, 0, 1.5, 2 ** 53, 10n ** 18n, true, false, new Date(0)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom<PlistValue[]>([], {}, [[[]]], [{}], { a: {} }),
);
/** Too long for an index, however PostgreSQL compresses it. */
const incompressible = randomBytes(20_000).toString('hex');
const name = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 300 }).filter((key) => key !== '__proto__'),
  fc.constantFrom('constructor', '\u{1F4A9}'.repeat(600), incompressible),
);
const apps = fc.array(
  fc.record(
    {
      Identifier: fc.oneof(name, odd),
      Name: odd,
      Version: odd,
      ExternalVersionIdentifier: odd,
      DeviceBasedVPP: odd,
    },
    { requiredKeys: [] },
  ),
  { maxLength: 4 },
);
const states = fc.dictionary(
  name,
  fc.oneof(odd, fc.record({ Status: odd, ExternalVersionIdentifier: odd }, { requiredKeys: [] })),
  { maxKeys: 4 },
);
const queries = fc.record(
  { DeviceName: odd, OSVersion: odd, ProductName: odd, IsSupervised: odd, ModelName: odd },
  { requiredKeys: [] },
);
const answers = fc.record(
  {
    ErrorChain: fc.oneof(odd, fc.array(fc.record({ ErrorCode: odd, ErrorDomain: odd }))),
    State: odd,
    RejectionReason: odd,
    QueryResponses: fc.oneof(odd, queries),
    InstalledApplicationList: fc.oneof(odd, apps),
    ManagedApplicationList: fc.oneof(odd, states),
  },
  { requiredKeys: [] },
);

const claims = fc.record(
  {
    Topic: odd,
    SerialNumber: odd,
    OSVersion: odd,
    BuildVersion: odd,
    ProductName: odd,
    DeviceName: odd,
    Model: odd,
    ModelName: odd,
    IMEI: odd,
    Token: odd,
    PushMagic: odd,
    UnlockToken: odd,
    AwaitingConfiguration: odd,
  },
  { requiredKeys: [] },
);

/** A command the device was given, of the kind it is to answer. */
async function givenCommand(requestType: string): Promise<string> {
  const [id = ''] = await queue(mdm, deviceId, { command: { RequestType: requestType } });
  await mdm.context.db
    .updateTable('devices.command')
    .set({ state: 'sent' })
    .where('id', '=', id)
    .execute();
  return id;
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('odd messages', () => {
  it('without a good signature are refused, 1,700 of them, and nothing of them stays', async () => {
    const bodies = fc.oneof(
      fc.constantFrom(...corpus),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    const signatures = fc.option(fc.base64String({ maxLength: 400 }), { nil: '' });
    const before = heapAfterCollection();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), bodies, signatures, async (path, body, given) => {
        expect((await device.put(path, body, given)).status).toBe(400);
      }),
      { numRuns: 1_700 },
    );
    expect(heapAfterCollection() - before).toBeLessThan(30 * MiB);
    expect(mdm.context.pool.idleCount).toBe(mdm.context.pool.totalCount);
  });

  it('made to break readers are refused with a good signature, too', async () => {
    for (const path of PATHS)
      for (const body of corpus) expect((await device.put(path, body)).status).toBe(400);
  });

  it('as answers to real commands are all taken, 300 of them, and end their commands', async () => {
    const kinds = ['DeviceInformation', 'InstalledApplicationList', 'ManagedApplicationList'];
    const statuses = fc.constantFrom('Acknowledged', 'Error', 'CommandFormatError');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), statuses, answers, async (kind, Status, told) => {
        const id = await givenCommand(kind);
        const body = writePlist({ UDID: device.udid, ...told, Status, CommandUUID: id });
        expect((await device.put('/mdm/connect', body)).status).toBe(200);
        const { state } = await commandRow(mdm, id);
        expect(state).toBe(Status === 'Acknowledged' ? 'acknowledged' : 'failed');
      }),
      { numRuns: 300 },
    );
  });
});

describe('odd claims under a good signature', () => {
  it('are taken or refused, 200 of them, and only what can be a serial number becomes a device', async () => {
    const claimant = new TestDevice(mdm, 'C02FUZZ003');
    await claimant.installProfile();
    const accepted = { authenticate: 0, updateToken: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('authenticate', 'updateToken'),
        claims,
        async (act, odds) => {
          const { status } = await claimant[act](odds);
          expect([200, 400]).toContain(status);
          if (status === 200) accepted[act] += 1;
        },
      ),
      // By chance alone, one in twenty runs makes no claim that can be taken at all.
      { numRuns: 200, examples: [['authenticate', { DeviceName: 'an odd name' }]] },
    );
    expect(accepted.authenticate).toBeGreaterThan(0);
    const { rows } = await mdm.context.pool.query<{ serial_number: string }>(
      'select serial_number from devices.device',
    );
    for (const row of rows) expect(row.serial_number).toMatch(/^[A-Z\d]{8,14}$/);
    await claimant.authenticate();
    expect((await claimant.updateToken()).status).toBe(200);
    expect((await claimant.idle()).told?.requestType).toBe('DeviceInformation');
  });
});

/** Apps as devices list them, about 520 bytes each. */
const listed = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    Identifier: `com.example.app${index}`,
    Name: 'x'.repeat(380),
    Version: '1.0',
  }));

describe('a list', () => {
  it('of 20 MB is refused with 400, and the device’s other messages are not', async () => {
    const id = await givenCommand('InstalledApplicationList');
    const reply = await device.connect({
      Status: 'Acknowledged',
      CommandUUID: id,
      InstalledApplicationList: listed(36_000),
    });
    expect(reply.status).toBe(400);
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent' });
    expect((await device.connect({ Status: 'Error', CommandUUID: id })).status).toBe(200);
  });

  it('of 10,000 apps is stored within seconds', async () => {
    const id = await givenCommand('InstalledApplicationList');
    const body = writePlist({
      UDID: device.udid,
      Status: 'Acknowledged',
      CommandUUID: id,
      InstalledApplicationList: listed(10_000),
    });
    const signature = sign(identityOf(device), body);
    const started = performance.now();
    expect((await device.put('/mdm/connect', body, signature)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(await commandRow(mdm, id)).toMatchObject({ result: { apps: 10_000 } });
  });
});

describe('a message sent once more by somebody who overheard it', () => {
  it('changes nothing while the device is enrolled, and is refused afterwards', async () => {
    const other = await enrolled(mdm, 'C02FUZZ002');
    const [id = ''] = await queue(mdm, other.deviceId, remove('app'));
    await other.device.idle();
    const body = writePlist({ UDID: other.device.udid, Status: 'Acknowledged', CommandUUID: id });
    const signature = sign(identityOf(other.device), body);
    await other.device.put('/mdm/connect', body, signature);
    const row = await commandRow(mdm, id);
    mdm.clock.advance(60_000);
    expect((await device.put('/mdm/connect', body, signature)).status).toBe(200);
    expect(await commandRow(mdm, id)).toEqual(row);
    await other.device.checkOut();
    expect((await device.put('/mdm/connect', body, signature)).status).toBe(400);
  });
});

function identityOf({ identity }: TestDevice) {
  if (identity === undefined) throw new Error('the device has no identity');
  return identity;
}
