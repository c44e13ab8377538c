import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let run = 0;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'oracle', ...(await organization.location('oracle')) };
});
afterAll(async () => test[Symbol.asyncDispose]());

const devices = 6;
const groups = 3;
const apps = 2;

const change = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    group: fc.nat(groups - 1),
    device: fc.nat(devices - 1),
  }),
  fc.record({
    kind: fc.constant('leave' as const),
    group: fc.nat(groups - 1),
    device: fc.nat(devices - 1),
  }),
  fc.record({
    kind: fc.constant('assign' as const),
    app: fc.nat(apps - 1),
    group: fc.nat(groups - 1),
    priority: fc.nat(2),
  }),
  fc.record({
    kind: fc.constant('unassign' as const),
    app: fc.nat(apps - 1),
    group: fc.nat(groups - 1),
  }),
  fc.record({ kind: fc.constant('total' as const), app: fc.nat(apps - 1), total: fc.nat(5) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The rule, said naively: who wants, in order; who has keeps; the free seats go to the first. */
class Oracle {
  readonly members = Array.from({ length: groups }, () => new Set<number>());
  readonly assigned = Array.from({ length: apps }, () => new Map<number, number>());
  readonly totals: number[];
  readonly granted = Array.from({ length: apps }, () => new Set<number>());
  readonly order = Array.from({ length: apps }, (): number[] => []);

  constructor(totals: readonly number[]) {
    this.totals = [...totals];
  }

  apply(step: Change): void {
    if (step.kind === 'join') this.members[step.group]?.add(step.device);
    if (step.kind === 'leave') this.members[step.group]?.delete(step.device);
    if (step.kind === 'assign') this.assigned[step.app]?.set(step.group, step.priority);
    if (step.kind === 'unassign') this.assigned[step.app]?.delete(step.group);
    if (step.kind === 'total') this.totals[step.app] = step.total;
    for (let app = 0; app < apps; app += 1) this.#decide(app);
  }

  priorityOf(app: number, device: number): number | undefined {
    const priorities = [...(this.assigned[app] ?? [])]
      .filter(([group]) => this.members[group]?.has(device))
      .map(([, priority]) => priority);
    return priorities.length === 0 ? undefined : Math.max(...priorities);
  }

  #decide(app: number): void {
    const order = this.order[app] ?? [];
    const granted = this.granted[app] ?? new Set();
    for (let device = 0; device < devices; device += 1) {
      const wanted = this.priorityOf(app, device) !== undefined;
      if (wanted && !order.includes(device)) order.push(device);
      // Nothing was sent to Apple here, so an unwanted seat is free at once.
      if (!wanted) {
        granted.delete(device);
        if (order.includes(device)) order.splice(order.indexOf(device), 1);
      }
    }
    const line = order
      .filter((device) => !granted.has(device))
      .sort(
        (a, b) =>
          (this.priorityOf(app, b) ?? 0) - (this.priorityOf(app, a) ?? 0) ||
          order.indexOf(a) - order.indexOf(b),
      );
    const free = Math.max(0, (this.totals[app] ?? 0) - granted.size);
    for (const device of line.slice(0, free)) granted.add(device);
  }
}

describe('decisions in SQL', () => {
  it('are those of the naive rule, after every change of a random organization', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { minLength: apps, maxLength: apps }),
        fc.array(change, { minLength: 4, maxLength: 14 }),
        async (totals, steps) => {
          run += 1;
          const oracle = new Oracle(totals);
          const real = await build(totals);
          for (const step of steps) {
            oracle.apply(step);
            await real.apply(step);
            await organization.decide();
            for (const [app, { assetId }] of real.apps.entries()) {
              const granted = (await organization.line(assetId))
                .filter((row) => row.granted)
                .map((row) => row.serialNumber);
              expect(new Set(granted)).toEqual(
                new Set(
                  [...(oracle.granted[app] ?? [])].map(
                    (device) => real.devices[device]?.serialNumber,
                  ),
                ),
              );
              const { rows } = await sql<{
                taken: number;
              }>`select taken from grants.stock where asset_id = ${assetId}`.execute(
                test.context.db,
              );
              expect(rows[0]?.taken ?? 0).toBe(granted.length);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 500_000);
});

async function build(totals: readonly number[]) {
  const realApps: Awaited<ReturnType<TestOrganization['app']>>[] = [];
  for (const total of totals) realApps.push(await organization.app(location, total));
  const realDevices: Awaited<ReturnType<TestOrganization['device']>>[] = [];
  for (let i = 0; i < devices; i += 1)
    realDevices.push(
      await organization.device(`R${String(run).padStart(4, '0')}D${String(i).padStart(4, '0')}`),
    );
  const realGroups: string[] = [];
  for (let i = 0; i < groups; i += 1) realGroups.push(await organization.group());
  await organization.decide();
  const joined = new Set<string>();
  const apply = async (step: Change): Promise<void> => {
    const group = 'group' in step ? (realGroups[step.group] ?? '') : '';
    const app = 'app' in step ? realApps[step.app] : undefined;
    if (step.kind === 'join' || step.kind === 'leave') {
      const device = realDevices[step.device];
      const key = `${step.group}:${step.device}`;
      if (device === undefined || joined.has(key) === (step.kind === 'join')) return;
      if (step.kind === 'join') {
        joined.add(key);
        await organization.join(group, { deviceId: device.directoryId });
      } else {
        joined.delete(key);
        await organization.leave(group, device.directoryId);
      }
    }
    if (app === undefined) return;
    if (step.kind === 'assign' || step.kind === 'unassign')
      await organization.unassign(app.appId, group);
    if (step.kind === 'assign') await organization.assign(app.appId, group, step.priority);
    if (step.kind === 'total') {
      await test.context.db
        .updateTable('library.asset')
        .set({ total: step.total })
        .where('id', '=', app.assetId)
        .execute();
      await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(app.assetId)})`.execute(
        test.context.db,
      );
    }
  };
  return { apps: realApps, devices: realDevices, apply };
}
