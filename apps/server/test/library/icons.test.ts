import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchIcons } from '../../src/library/icons.ts';
import { isPublicAddress } from '../../src/library/public-lookup.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

describe('an address', () => {
  it.each([
    ['17.253.144.10', true],
    ['2620:149:af0::10', true],
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['172.31.0.1', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['0.0.0.0', false],
    ['::1', false],
    ['fe80::1', false],
    ['fd00:ec2::254', false],
    ['::ffff:169.254.169.254', false],
    ['64:ff9b::a9fe:a9fe', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });
});

describe('an icon that the catalog places inside', () => {
  let test: TestContext;
  let inner: Server;
  let calls = 0;
  let location: { uid: string; tokenId: string };

  beforeAll(async () => {
    test = await openTestContext();
    inner = createServer((socket) => {
      calls += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(inner, 'listening');
    const organization = new TestOrganization(test.context);
    location = { uid: 'icons', ...(await organization.location('icons')) };
  });
  afterAll(async () => {
    inner.close();
    await test[Symbol.asyncDispose]();
  });

  it.each([
    ['by name', (port: number) => `https://localhost:${port}/icon.png`],
    ['by address', (port: number) => `https://127.0.0.1:${port}/icon.png`],
    ['by a number for an address', (port: number) => `https://2130706433:${port}/icon.png`],
    ['without https', (port: number) => `http://localhost:${port}/icon.png`],
    ['by a wrapped address', (port: number) => `https://[::ffff:127.0.0.1]:${port}/icon.png`],
  ])('%s is not asked for', async (_how, addressOf) => {
    const { db } = test.context;
    const { adamId } = await new TestOrganization(test.context).app(location, 1);
    const { port } = inner.address() as AddressInfo;
    const title = db.updateTable('library.title').where('adamId', '=', adamId);
    await title.set({ iconUrl: addressOf(port) }).execute();
    await fetchIcons(test.context, test.context.signal);
    const row = db.selectFrom('library.title').where('adamId', '=', adamId);
    expect(await row.select(['icon', 'iconTriedAt']).executeTakeFirst()).toMatchObject({
      icon: null,
      iconTriedAt: expect.any(Date) as Date,
    });
    expect(calls).toBe(0);
  });
});
