import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { registerDeviceControls } from '../../src/devices/index.ts';
import { registerPushControls } from '../../src/push/index.ts';
import { APP, FleetWorld, SAM, installCommand } from './support/fleet-world.ts';

let w: FleetWorld;
let app: FastifyInstance;

beforeAll(async () => {
  w = await FleetWorld.start();
  app = fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } });
  registerDeviceControls(app, w.fleet);
  registerPushControls(app, w.push);
});

afterAll(async () => {
  await app.close();
  await w[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function post(path: string, payload?: object): Promise<Answer> {
  const url = `/_control/${path}`;
  const answer = await app.inject({ method: 'POST', url, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

async function get(path: string): Promise<Record<string, unknown>> {
  return (await app.inject({ method: 'GET', url: `/_control/${path}` })).json();
}

describe('device controls', () => {
  it('make devices with defaults and show them', async () => {
    const { status, body } = await post('devices', {
      devices: [
        { family: 'iPad', serialNumber: 'CONTROL001', supervised: true, personId: SAM.personId },
        { family: 'Mac' },
      ],
    });
    expect(status).toBe(201);
    expect(body['devices']).toEqual([
      expect.objectContaining({
        serialNumber: 'CONTROL001',
        supervised: true,
        storeAccount: 'own',
        enrolled: false,
      }),
      expect.objectContaining({ family: 'Mac', osVersion: '15.1', storeAccount: 'none' }),
    ]);
    expect(await get('devices?family=iPad')).toMatchObject({
      devices: [{ serialNumber: 'CONTROL001' }],
    });
    expect(await get('devices/CONTROL001')).toMatchObject({ name: 'iPad CONTROL001', apps: [] });
  });

  it.each<[string, object, number, RegExp]>([
    ['an unknown family', { devices: [{ family: 'Phone' }] }, 400, /family/],
    ['an unknown trait', { devices: [{ family: 'iPad', color: 'red' }] }, 400, /additional/],
    [
      'a serial number twice',
      {
        devices: [
          { family: 'iPad', serialNumber: 'TWICE00001' },
          { family: 'iPad', serialNumber: 'TWICE00001' },
        ],
      },
      409,
      /TWICE00001/,
    ],
    ['an unknown person', { devices: [{ family: 'iPad', personId: 'person-9' }] }, 409, /personId/],
  ])('refuse %s and make nothing', async (_name, payload, status, message) => {
    const before = w.fleet.all().length;
    const answer = await post('devices', payload);
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toMatch(message);
    expect(w.fleet.all()).toHaveLength(before);
  });

  it('enroll one, and many with what went wrong', async () => {
    const [one, two, three] = w.fleet.create([
      { family: 'iPad' },
      { family: 'iPad' },
      { family: 'iPad' },
    ]);
    const url = w.serve();
    expect(await post(`devices/${one?.serialNumber}/enroll`, { url })).toMatchObject({
      status: 200,
      body: { enrolled: true, tokenAccepted: true },
    });
    expect((await post(`devices/${one?.serialNumber}/enroll`, { url })).status).toBe(422);
    expect((await post('devices/NOBODY/enroll', { url })).status).toBe(404);
    const bad = `${w.server.url}/nowhere`;
    const many = await post('devices/enroll-many', {
      enrollments: [
        { serialNumber: two?.serialNumber, url: bad },
        { serialNumber: three?.serialNumber, url },
      ],
    });
    expect(many.body).toEqual({
      enrollments: [
        {
          serialNumber: two?.serialNumber,
          enrolled: false,
          problem: expect.stringContaining('404'),
        },
        { serialNumber: three?.serialNumber, enrolled: true },
      ],
    });
  });

  it('lead a device through its life', async () => {
    const device = await w.enrolled({ supervised: true });
    const act = (name: string, payload?: object) =>
      post(`devices/${device.serialNumber}/${name}`, payload);
    expect((await act('lock')).body).toMatchObject({ locked: true });
    w.server.enqueue(installCommand());
    expect((await act('check-in')).status).toBe(200);
    expect(w.server.messages('NotNow')).toHaveLength(1);
    expect((await act('unlock')).body).toMatchObject({ locked: false });
    await w.reaches(device, 'Managed');
    expect((await act('offline')).body).toMatchObject({ online: false });
    expect((await act('online')).body).toMatchObject({ online: true });
    expect((await act('new-token')).status).toBe(200);
    expect((await act('traits', { osVersion: '26.0', name: 'Cart 3' })).body).toMatchObject({
      osVersion: '26.0',
      name: 'Cart 3',
    });
    expect((await act('traits', { colour: 'red' })).status).toBe(400);
    expect((await act('traits', { promptAnswers: { login: 'accept' } })).status).toBe(400);
    expect((await act('remove-app', { bundleId: APP.bundleId })).body).toMatchObject({
      apps: [
        {
          bundleId: APP.bundleId,
          adamId: APP.adamId,
          state: 'ManagedButUninstalled',
          managed: true,
          installed: false,
          promptsShown: { install: 0, account: 0, management: 0, update: 0 },
        },
      ],
    });
    expect((await act('remove-app', { bundleId: APP.bundleId })).status).toBe(409);
    expect((await act('install-app', { bundleId: APP.bundleId })).status).toBe(200);
    expect((await act('check-out')).body).toMatchObject({ enrolled: false });
    expect((await act('check-out', { lost: true })).status).toBe(409);
    expect((await act('wipe')).body).toMatchObject({ apps: [] });
  });

  it('sum the fleet up', async () => {
    const device = await w.enrolled({ supervised: true });
    await w.install(device);
    await vi.waitFor(async () =>
      expect(await get('devices/summary')).toMatchObject({
        appStates: { Managed: 1 },
        installedApps: 1,
      }),
    );
  });
});

it('push certificates come with their topic as UID', async () => {
  const { status, body } = await post('push-certificates', {
    topic: 'com.apple.mgmt.External.abc',
  });
  expect(status).toBe(201);
  const text = w.openSsl.run(
    'x509',
    '-noout',
    '-subject',
    '-in',
    w.openSsl.file(String(body['certificate'])),
  );
  expect(text).toMatch(/UID ?= ?com\.apple\.mgmt\.External\.abc/);
  expect((await post('push-certificates', { topic: 'org.example' })).status).toBe(400);
});

it('push tokens can be had for devices that only sleep', async () => {
  const topic = 'com.apple.mgmt.External.abc';
  const { status, body } = await post('push-tokens', { topic, count: 3 });
  expect(status).toBe(201);
  const tokens = body['tokens'] as string[];
  expect(new Set(tokens).size).toBe(3);
  for (const token of tokens)
    expect(w.push.tokens.status(token)).toMatchObject({ kind: 'registered', topic });
});
