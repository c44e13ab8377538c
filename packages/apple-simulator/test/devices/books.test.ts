import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Device } from '../../src/devices/device.ts';
import { APP, FleetWorld, SAM } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';

const BOOK = {
  ...APP,
  adamId: '1900000001',
  name: 'Pride and Prejudice',
  bundleId: '',
  kind: 'book' as const,
  version: '1.0',
  minimumOsVersion: '',
  sizeBytes: 2_000_000,
};
const MANUAL = 'org.example.manual';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
  w.titles.set(BOOK.adamId, BOOK);
});

describe('a book of the store', () => {
  it('comes to whoever is signed in with a license, and ends as Installed', async () => {
    giveBook();
    const device = await reader();
    expect(await w.run(device, installBook())).toMatchObject({
      Status: 'Acknowledged',
      iTunesStoreID: Number(BOOK.adamId),
      MediaType: 'Book',
      State: 'Queued',
    });
    await reaches(device, 'Installed');
    expect(device.promptsShown).toMatchObject({ account: 1, install: 0 });
    expect(await list(device)).toEqual([
      { iTunesStoreID: Number(BOOK.adamId), State: 'Installed', Version: '1.0', Title: BOOK.name },
    ]);
    expect(states(device)).toEqual(['Queued', 'PromptingForLogin', 'Installing', 'Installed']);
    expect(w.licenses.asked.every(({ serialNumber }) => serialNumber === undefined)).toBe(true);
  });

  it('is refused with PurchaseNotFound when the account holds no license, even if the device does', async () => {
    const device = await reader();
    w.licenses.held.add(`${BOOK.adamId}:${device.serialNumber}`);
    const answer = await w.run(device, installBook());
    expect(answer).toMatchObject({ Status: 'Acknowledged', RejectionReason: 'PurchaseNotFound' });
    expect(answer).not.toHaveProperty('State');
    w.fleet.change(device, { refusal: 'error' });
    expect(await w.run(device, installBook())).toMatchObject({
      Status: 'Error',
      RejectionReason: 'PurchaseNotFound',
    });
    expect(await list(device)).toEqual([]);
  });

  it('waits in PromptingForLogin for as long as nobody is signed in', async () => {
    giveBook();
    const device = await reader({ storeAccount: 'none' });
    await w.run(device, installBook());
    await reaches(device, 'PromptingForLogin');
    await w.world.clock.advance(3 * 86_400_000);
    expect(await list(device)).toMatchObject([{ State: 'PromptingForLogin' }]);
    w.fleet.change(device, { storeAccount: 'own' });
    await reaches(device, 'Installed');
  });

  it('fails once when the person signs in with an account without a license', async () => {
    giveBook();
    const device = await reader({ storeAccount: 'none' });
    await w.run(device, installBook());
    await reaches(device, 'PromptingForLogin');
    w.fleet.change(device, { storeAccount: 'other' });
    await reaches(device, 'Failed');
    expect(await list(device)).toMatchObject([{ State: 'Failed' }]);
    expect(await list(device)).toEqual([]);
  });

  it.each([
    ['whose person declines', { promptAnswer: 'decline' }],
    ['without room', { freeBytes: 1000 }],
  ] as const)('fails on a device %s', async (_name, traits) => {
    giveBook();
    const device = await reader(traits);
    await w.run(device, installBook());
    await reaches(device, 'Failed');
    expect(bookOn(device)?.installed).toBeUndefined();
  });

  it.each([
    ['the store does not know', installBook({ iTunesStoreID: 1 }), 'CouldNotVerifyITunesStoreID'],
    ['is an app', installBook({ iTunesStoreID: +APP.adamId }), 'CouldNotVerifyITunesStoreID'],
    ['is no book by its type', installBook({ MediaType: 'Film' }), 'WrongMediaType'],
  ])('is refused when it %s', async (_name, command, RejectionReason) => {
    const device = await reader();
    expect(await w.run(device, command)).toMatchObject({ RejectionReason });
  });

  it('is refused while a policy has taken the store away', async () => {
    giveBook();
    const device = await reader({ storeDisabled: true });
    const answer = await w.run(device, installBook());
    expect(answer).toMatchObject({ RejectionReason: 'AppStoreDisabled' });
  });

  it('stays with the person when the management removes it, and what is absent is acknowledged', async () => {
    giveBook();
    const device = await reader();
    await w.run(device, installBook());
    await reaches(device, 'Installed');
    for (let times = 0; times < 2; times++)
      expect(await w.run(device, removeBook())).toMatchObject({ Status: 'Acknowledged' });
    expect(await list(device)).toEqual([]);
    expect(bookOn(device)?.installed).toBeDefined();
    expect(await w.run(device, removeBook({ iTunesStoreID: 1 }))).toMatchObject({
      Status: 'CommandFormatError',
    });
  });

  it('that the person deletes shows as Uninstalled, and comes back with the command', async () => {
    giveBook();
    const device = await reader();
    const free = device.traits.freeBytes;
    await w.run(device, installBook());
    await reaches(device, 'Installed');
    expect(device.traits.freeBytes).toBe(free - BOOK.sizeBytes);
    w.fleet.removeBook(device, { adamId: BOOK.adamId });
    expect(device.traits.freeBytes).toBe(free);
    expect(await list(device)).toMatchObject([{ State: 'Uninstalled' }]);
    expect(() => w.fleet.removeBook(device, { adamId: BOOK.adamId })).toThrow(/not on the device/);
    await w.run(device, installBook());
    await reaches(device, 'Installed');
  });

  it('is updated by the same command, without the password', async () => {
    giveBook();
    const device = await reader();
    await w.run(device, installBook());
    await reaches(device, 'Installed');
    w.titles.set(BOOK.adamId, { ...BOOK, version: '2.0' });
    await w.run(device, installBook());
    await vi.waitFor(() => expect(bookOn(device)?.installed?.version).toBe('2.0'));
    expect(states(device).slice(-3)).toEqual(['Queued', 'Updating', 'Installed']);
    expect(device.promptsShown.account).toBe(1);
  });

  it('survives the end of the management, and leaves with a wipe', async () => {
    giveBook();
    const device = await reader();
    await w.run(device, installBook());
    await reaches(device, 'Installed');
    await w.fleet.checkOut(device, false);
    expect(bookOn(device)).toMatchObject({ state: undefined });
    expect(bookOn(device)?.installed).toBeDefined();
    w.fleet.wipe(device);
    expect(device.books.size).toBe(0);
  });

  it('is NotNow on a locked device, and unknown to an Apple TV', async () => {
    giveBook();
    const device = await reader({ locked: true });
    expect(await w.run(device, installBook())).toMatchObject({ Status: 'NotNow' });
    w.server.clear();
    const television = await w.enrolled({ family: 'AppleTV' });
    expect(await w.run(television, installBook())).toMatchObject({ Status: 'Error' });
  });
});

describe('a document of the organization', () => {
  it('is downloaded, ends as Managed, and goes with RemoveMedia', async () => {
    const device = await reader();
    const url = w.serveBody('%PDF-1.7 a manual', 'application/pdf');
    const answer = await w.run(device, document(url, { Kind: 'pdf', Author: 'Us' }));
    expect(answer).toMatchObject({ State: 'Queued', PersistentID: MANUAL, MediaURL: url });
    await reaches(device, 'Managed');
    expect(await list(device)).toEqual([
      { PersistentID: MANUAL, State: 'Managed', Kind: 'pdf', Author: 'Us' },
    ]);
    w.fleet.removeBook(device, { persistentId: MANUAL });
    expect(await list(device)).toMatchObject([{ State: 'ManagedButUninstalled' }]);
    await w.run(device, document(url));
    await reaches(device, 'Managed');
    await w.run(device, { RequestType: 'RemoveMedia', MediaType: 'Book', PersistentID: MANUAL });
    expect(await list(device)).toEqual([]);
    expect([...device.books.values()].filter(({ installed }) => installed)).toEqual([]);
  });

  it('that is no book fails, and a URL that is not https is refused', async () => {
    const device = await reader();
    await w.run(device, document(w.serveBody('<html>', 'text/html')));
    await reaches(device, 'Failed');
    await w.run(device, document(`${w.server.url}/nowhere`));
    await reaches(device, 'Failed');
    const answer = await w.run(device, document('http://plain.example/a.pdf'));
    expect(answer).toMatchObject({ RejectionReason: 'DownloadInvalid' });
  });
});

describe('a malformed command', () => {
  it.each<[string, Dictionary]>([
    ['names two books', installBook({ MediaURL: 'https://a.example/b', PersistentID: MANUAL })],
    ['gives a store id as text', installBook({ iTunesStoreID: BOOK.adamId })],
    ['has a document without an id', document('https://a.example/b.pdf', { PersistentID: 1 })],
    ['has an unknown kind', document('https://a.example/b', { Kind: 'doc' })],
    ['removes nothing', { RequestType: 'RemoveMedia', MediaType: 'Book' }],
  ])('%s', async (_name, command) => {
    const device = await reader();
    expect(await w.run(device, command)).toMatchObject({ Status: 'CommandFormatError' });
  });
});

function reader(traits: object = {}): Promise<Device> {
  return w.enrolled({ personId: SAM.personId, ...traits }, false);
}

function giveBook(): void {
  w.licenses.held.add(`${BOOK.adamId}:${SAM.idHash}`);
}

function installBook(more: Dictionary = {}): Dictionary {
  return {
    RequestType: 'InstallMedia',
    MediaType: 'Book',
    iTunesStoreID: Number(BOOK.adamId),
    ...more,
  };
}

function removeBook(more: Dictionary = {}): Dictionary {
  return { RequestType: 'RemoveMedia', MediaType: 'Book', iTunesStoreID: BOOK.adamId, ...more };
}

function document(url: string, more: Dictionary = {}): Dictionary {
  return {
    RequestType: 'InstallMedia',
    MediaType: 'Book',
    MediaURL: url,
    PersistentID: MANUAL,
    ...more,
  };
}

async function list(device: Device): Promise<unknown> {
  return (await w.run(device, { RequestType: 'ManagedMediaList' }))['Books'];
}

function bookOn(device: Device) {
  return [...device.books.values()][0];
}

async function reaches(device: Device, state: string): Promise<void> {
  await vi.waitFor(() => expect(bookOn(device)?.state).toBe(state));
}

function states(device: Device): unknown[] {
  return w.world.journal
    .entries('book.state')
    .filter(({ serialNumber }) => serialNumber === device.serialNumber)
    .map(({ state }) => state);
}
