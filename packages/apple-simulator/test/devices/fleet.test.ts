import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { APP, FleetWorld, installCommand } from './support/fleet-world.ts';

const DEVICES = 5000;
const ENROLLED = 60;
/** What a device at rest may take, in bytes. */
const MOST_BYTES = 10_000;

describe('a fleet of 5,000 devices', () => {
  let w: FleetWorld;

  beforeAll(async () => {
    // In real time: whatever a device had put off would show as a timer.
    w = await FleetWorld.start(1);
  });

  afterAll(() => w[Symbol.asyncDispose]());

  it('enrolls in part, and at rest holds no timer and no connection', async () => {
    const before = usedBytes();
    const devices = w.fleet.create(
      Array.from({ length: DEVICES }, () => ({ family: 'iPad' as const, supervised: true })),
    );
    expect((usedBytes() - before) / DEVICES).toBeLessThan(MOST_BYTES);
    expect(new Set(devices.map(({ serialNumber }) => serialNumber)).size).toBe(DEVICES);
    expect(new Set(devices.map(({ udid }) => udid)).size).toBe(DEVICES);
    const url = w.serve();
    const outcomes = await w.fleet.enrollMany(
      devices.slice(0, ENROLLED).map(({ serialNumber }) => ({ serialNumber, url })),
    );
    expect(outcomes.filter(({ enrolled }) => !enrolled)).toEqual([]);
    expect(w.server.mostConnections).toBeLessThanOrEqual(50);
    await vi.waitFor(async () => expect(await w.server.connections()).toBe(0), {
      timeout: 60_000,
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

/** Memory in use once everything that nobody needs is gone. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
