import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { APP, FleetWorld, installCommand } from './support/fleet-world.ts';

const DEVICES = 1000;
const ENROLLED = 60;

describe('a fleet of 1,000 devices', () => {
  let w: FleetWorld;

  beforeAll(async () => {
    // In real time: whatever a device had put off would show as a timer.
    w = await FleetWorld.start(1);
  });

  afterAll(() => w[Symbol.asyncDispose]());

  it('enrolls in part, and at rest holds no timer and no connection', async () => {
    const devices = w.fleet.create(
      Array.from({ length: DEVICES }, () => ({ family: 'iPad' as const, supervised: true })),
    );
    expect(new Set(devices.map(({ serialNumber }) => serialNumber)).size).toBe(DEVICES);
    expect(new Set(devices.map(({ udid }) => udid)).size).toBe(DEVICES);
    const url = w.serve();
    const outcomes = await w.fleet.enrollMany(
      devices.slice(0, ENROLLED).map(({ serialNumber }) => ({ serialNumber, url })),
    );
    expect(outcomes.filter(({ enrolled }) => !enrolled)).toEqual([]);
    expect(w.server.mostConnections).toBeLessThanOrEqual(50);
    await vi.waitFor(async () => expect(await w.server.connections()).toBe(0), {
      timeout: 15_000,
      interval: 100,
    });
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(0);
  }, 60_000);

  it('all install after one push each', async () => {
    w.world.clock.setSpeed(0);
    const devices = w.fleet.all().filter(({ enrollment }) => enrollment !== undefined);
    for (const { serialNumber, enrollment } of devices) {
      w.licenses.held.add(`${APP.adamId}:${serialNumber}`);
      const { pushToken = '', pushMagic: magic = '' } = enrollment ?? {};
      w.push.tokens.accept(pushToken, { magic, lifetimeMs: 1000 });
    }
    w.server.refuse = ({ path, message }) =>
      path === '/connect' && message['Status'] === 'Idle'
        ? { status: 200, body: w.server.command(installCommand()) }
        : undefined;
    const managed = () =>
      devices.filter(({ apps }) => apps.get(APP.bundleId)?.state === 'Managed').length;
    await vi.waitFor(
      () => {
        expect(managed()).toBe(ENROLLED);
        expect(w.server.messages('Acknowledged')).toHaveLength(ENROLLED);
      },
      { timeout: 50_000, interval: 100 },
    );
  }, 60_000);
});
