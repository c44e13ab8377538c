import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parsePlist } from '../../src/devices/messages/plist-reader.ts';
import { isDictionary, type PlistDictionary } from '../../src/devices/messages/plist.ts';
import { schemaKeys, schemasArePresent, violations } from './support/apple-schema.ts';
import { APP, FleetWorld, SAM, installCommand } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';

if (!schemasArePresent)
  process.stdout.write('Apple’s schema files are not beside the repository: nothing compared.\n');

/** What every answer has around its own keys (Apple: Sending MDM commands to a device). */
const AROUND = ['UDID', 'CommandUUID', 'Status', 'ErrorChain'];
/** A code that is told once, after buying with an account of one's own. */
const LEFT_OUT = ['UnusedRedemptionCode'];

describe.skipIf(!schemasArePresent)('messages of devices against Apple’s schema files', () => {
  let w: FleetWorld;

  beforeAll(async () => {
    w = await FleetWorld.start();
  });

  afterAll(() => w[Symbol.asyncDispose]());

  function sent(find: (message: Dictionary) => boolean): PlistDictionary {
    const received = w.server.received.find(({ message }) => find(message));
    const message = parsePlist(received?.raw.toString('utf8') ?? '');
    if (!isDictionary(message)) throw new Error('The message is no dictionary.');
    return message;
  }

  it.each([
    ['Authenticate', 'authenticate'],
    ['TokenUpdate', 'tokenupdate'],
    ['CheckOut', 'checkout'],
  ])('%s', async (type, file) => {
    const device = await w.enrolled();
    await w.fleet.checkOut(device, false);
    const message = sent(({ MessageType }) => MessageType === type);
    const keys = schemaKeys(`checkin/${file}.yaml`, 'payloadkeys');
    expect(violations(keys, message)).toEqual([]);
  });

  const Identifiers = [APP.bundleId];
  it.each<[string, Dictionary]>([
    ['application.install', installCommand()],
    ['application.install', installCommand({ iTunesStoreID: 1 })],
    ['application.installed.list', { RequestType: 'InstalledApplicationList' }],
    ['application.managed.list', { RequestType: 'ManagedApplicationList', Identifiers }],
    ['application.remove', { RequestType: 'RemoveApplication', Identifier: 'org.example.none' }],
    [
      'application.invitetoprogram',
      {
        RequestType: 'InviteToProgram',
        ProgramID: 'com.apple.cloudvpp',
        InvitationURL: 'https://buy.example/?inviteCode=1',
      },
    ],
    ['profile.list', { RequestType: 'ProfileList' }],
    ['media.install', { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 19 }],
    ['media.install', { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 1 }],
    ['media.remove', { RequestType: 'RemoveMedia', MediaType: 'Book', iTunesStoreID: '1' }],
    ['media.managed.list', { RequestType: 'ManagedMediaList' }],
    [
      'managed.application.configuration',
      { RequestType: 'ManagedApplicationConfiguration', Identifiers },
    ],
    [
      'managed.application.attributes',
      { RequestType: 'ManagedApplicationAttributes', Identifiers },
    ],
  ])('the answer to %s', async (file, command) => {
    const device = await w.enrolled({ supervised: true, personId: SAM.personId });
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.titles.set('19', { ...APP, adamId: '19', bundleId: '', kind: 'book' });
    w.licenses.held.add(`19:${SAM.idHash}`);
    await w.run(device, { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 19 });
    await w.run(device, command);
    const answer = sentLast(w);
    const keys = schemaKeys(`commands/${file}.yaml`, 'responsekeys');
    expect(violations(keys, answer, LEFT_OUT)).toEqual([]);
  });

  it('the answer to information.device, every query the device knows', async () => {
    const device = await w.enrolled({ personId: SAM.personId });
    const [queries] = schemaKeys('commands/information.device.yaml', 'payloadkeys');
    const Queries = (queries?.subkeys?.[0]?.subkeys ?? []).map(({ key }) => key);
    await w.run(device, { RequestType: 'DeviceInformation', Queries });
    const answer = sentLast(w);
    expect(Object.keys(answer['QueryResponses'] ?? {}).length).toBeGreaterThan(15);
    const keys = schemaKeys('commands/information.device.yaml', 'responsekeys');
    expect(violations(keys, answer)).toEqual([]);
  });

  it('the answer to settings, item by item', async () => {
    const Settings = [
      { Item: 'MDMOptions', MDMOptions: {} },
      { Item: 'ApplicationAttributes', Identifier: 'x' },
    ];
    await w.run(await w.enrolled(), { RequestType: 'Settings', Settings });
    const items = sentLast(w)['Settings'];
    const [keys] = schemaKeys('commands/settings.yaml', 'responsekeys');
    const found = (Array.isArray(items) ? items : []).filter(isDictionary);
    expect(found).toHaveLength(2);
    expect(found.flatMap((item) => violations(keys?.subkeys ?? [], item))).toEqual([]);
  });
});

/** The last result without what every answer has around its own keys. */
function sentLast({ server }: FleetWorld): PlistDictionary {
  const message = parsePlist(server.received.at(-1)?.raw.toString('utf8') ?? '');
  if (!isDictionary(message)) throw new Error('The message is no dictionary.');
  return Object.fromEntries(Object.entries(message).filter(([key]) => !AROUND.includes(key)));
}
