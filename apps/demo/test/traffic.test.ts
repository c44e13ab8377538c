import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlistDictionary, writePlist } from '@allotment/device-management';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Traffic } from '../src/traffic.ts';

/** In the shape of Apple's files, and not of their content. */
const authenticate = `
payload: { requesttype: Authenticate }
payloadkeys:
- { key: MessageType, type: <string> }
- { key: UDID, type: <string> }
- { key: ProductName, type: <string> }
`;
const install = `
payload: { requesttype: Install, supportedOS: { visionOS: { introduced: n/a } } }
payloadkeys:
- { key: Name, type: <string>, presence: required }
- key: Attributes
  type: <dictionary>
  supportedOS: { macOS: { introduced: n/a } }
  subkeys:
  - { key: VPN, type: <string>, supportedOS: { tvOS: { introduced: n/a } } }
responsekeys:
- { key: State, type: <string> }
`;

const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
beforeAll(() => {
  for (const [name, text] of Object.entries({ checkin: authenticate, commands: install })) {
    mkdirSync(join(folder, 'mdm', name), { recursive: true });
    writeFileSync(join(folder, 'mdm', name, 'one.yaml'), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

let traffic: Traffic | undefined;
beforeEach(() => {
  traffic = Traffic.open(folder);
});

function exchange(message: PlistDictionary, received: Buffer = Buffer.alloc(0)): void {
  const sent = Buffer.from(writePlist({ UDID: 'D1', ...message }));
  traffic?.watch({ url: '/mdm', sent, status: 200, received });
}

/** A device of this kind is given a command, and answers it. */
function told(
  command: PlistDictionary,
  answer: PlistDictionary = {},
  product = 'iPhone15,4',
): void {
  exchange({ MessageType: 'Authenticate', ProductName: product });
  const body = { CommandUUID: 'C1', Command: { RequestType: 'Install', ...command } };
  exchange({ Status: 'Idle' }, Buffer.from(writePlist(body)));
  exchange({ CommandUUID: 'C1', Status: 'Acknowledged', ...answer });
}

const found = (): readonly string[] => traffic?.report().departures ?? [];

describe('what devices and server say to each other', () => {
  it('is counted where it was compared', () => {
    told({ Name: 'a' });
    exchange({ CommandUUID: 'never given', Status: 'Acknowledged' });
    expect(traffic?.report()).toEqual({ checkins: 1, commands: 1, answers: 1, departures: [] });
  });

  it.each<[string, PlistDictionary, readonly string[]]>([
    ['Acknowledged', { State: 1 }, ['State is no <string>']],
    ['Error', { ErrorChain: [{ ErrorCode: 'x' }] }, ['ErrorChain[0].ErrorCode is no <integer>']],
    [
      'Error',
      { ErrorChain: [{ ErrorCode: 1, ErrorDomain: 'd' }], Reason: 'x' },
      ['Reason is unknown'],
    ],
    ['NotNow', { Later: true }, ['Later is unknown']],
    ['Perhaps', {}, ['Status is not in its range']],
  ])('is compared in an answer of %s: %j', (Status, answer, departures) => {
    told({ Name: 'a' }, { Status, ...answer });
    expect(traffic?.report().answers).toBe(1);
    expect(found().map((one) => one.replace('answer to Install: ', ''))).toEqual(departures);
  });

  it.each([
    ['iPhone15,4', []],
    ['Mac15,3', ['Install: Attributes does not exist on macOS']],
    ['VirtualMac2,1', ['Install: Attributes does not exist on macOS']],
    ['AppleTV14,1', ['Install: Attributes.VPN does not exist on tvOS']],
    ['RealityDevice14,1', ['Install: does not exist on visionOS']],
  ])('is for the system of %s', (product, departures) => {
    told({ Name: 'a', Attributes: { VPN: 'v' } }, {}, product);
    expect(found()).toEqual(departures);
  });
});
