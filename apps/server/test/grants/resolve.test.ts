import { resolveIntents } from '@allotment/licensing';
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
  location = { uid: 'resolve', ...(await organization.location('resolve')) };
});
afterAll(async () => test[Symbol.asyncDispose]());

const people = 3;
const devices = 5;
const groups = 4;

const intent = fc.constantFrom('required' as const, 'available' as const, 'uninstall' as const);
const licenseType = fc.constantFrom('device' as const, 'user' as const);
const target = fc.oneof(
  fc.record({ kind: fc.constant('group' as const), group: fc.nat(groups - 1) }),
  fc.record({ kind: fc.constant('exclusionGroup' as const), group: fc.nat(groups - 1) }),
  fc.constant({ kind: 'allUsers' as const, group: undefined }),
  fc.constant({ kind: 'allDevices' as const, group: undefined }),
);
const world = fc.record({
  /** Primary user of each device. */
  owners: fc.array(fc.option(fc.nat(people - 1), { nil: undefined }), {
    minLength: devices,
    maxLength: devices,
  }),
  members: fc.array(
    fc.record({
      group: fc.nat(groups - 1),
      kind: fc.constantFrom('device' as const, 'person' as const, 'group' as const),
      member: fc.nat(4),
    }),
    { maxLength: 12 },
  ),
  assignments: fc.array(fc.record({ intent, licenseType, target, priority: fc.nat(2) }), {
    minLength: 1,
    maxLength: 5,
  }),
  deleted: fc.option(fc.nat(groups - 1), { nil: undefined, freq: 3 }),
  asked: fc.array(fc.nat(devices - 1), { maxLength: 3 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
type Assignment = World['assignments'][number];

/** What targets a device, of its person or of itself; a deleted group brings nothing. */
function targeting(one: World, deleted: number | undefined, device: number, ofUser: boolean) {
  const inGroup = (group: number, kind: string, id: number, seen: number[] = []): boolean =>
    group !== deleted &&
    !seen.includes(group) &&
    one.members.some(
      (member) =>
        member.group === group &&
        ((member.kind === kind && member.member === id) ||
          (member.kind === 'group' &&
            member.member < groups &&
            inGroup(member.member, kind, id, [...seen, group]))),
    );
  const owner = one.owners[device];
  const all = one.assignments.filter(({ target: { kind, group } }) => {
    if (kind === 'allUsers') return ofUser && owner !== undefined;
    if (kind === 'allDevices') return !ofUser;
    const id = ofUser ? owner : device;
    return id !== undefined && inGroup(group ?? -1, ofUser ? 'person' : 'device', id);
  });
  return all.some(({ target }) => target.kind === 'exclusionGroup') ? [] : all;
}

const intents = (list: readonly Assignment[]) => ({
  required: list.some((one) => one.intent === 'required'),
  available: list.some((one) => one.intent === 'available'),
  uninstall: list.some((one) => one.intent === 'uninstall'),
});

/** The rule, said naively, for one device after the other, in an organization where nobody has anything yet. */
function wantedIn(one: World) {
  const forDevices = new Set<number>();
  const forPeople = new Set<number>();
  const removed = new Set<number>();
  for (let device = 0; device < devices; device += 1) {
    const come = (deleted: number | undefined) => {
      const [user, own] = [true, false].map((ofUser) => targeting(one, deleted, device, ofUser));
      return {
        all: [...(user ?? []), ...(own ?? [])],
        outcome: resolveIntents(intents(user ?? []), intents(own ?? [])),
      };
    };
    const { all, outcome } = come(one.deleted);
    // Where a deleted group makes a difference, nothing new happens.
    if (JSON.stringify(outcome) !== JSON.stringify(come(undefined).outcome)) continue;
    if (outcome.required || (outcome.available && one.asked.includes(device))) {
      const decides = all
        .filter(({ intent }) => intent === (outcome.required ? 'required' : 'available'))
        .toSorted(
          (a, b) =>
            b.priority - a.priority ||
            Number(a.licenseType === 'user') - Number(b.licenseType === 'user'),
        )[0];
      const owner = one.owners[device];
      if (decides?.licenseType === 'device') forDevices.add(device);
      else if (owner !== undefined) forPeople.add(owner);
    } else if (outcome.uninstall) removed.add(device);
  }
  return { forDevices, forPeople, removed };
}

describe('what assignments come to', () => {
  it('is what the naive rule says, in random organizations [L 38] [L 39a]', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const assignments = withoutDoubles(one.assignments);
        const {
          assetId,
          devices: deviceSerials,
          people: personIds,
        } = await build({
          ...one,
          assignments,
        });
        await organization.decide();
        const { rows } = await sql<{ key: string; personId: string | null; wanted: boolean }>`
          select h.key, h.person_id, d.wanted from grants.demand d join library.holder h on h.id = d.holder_id
          where d.asset_id = ${assetId} and (d.wanted or d.uninstall)
            and (h.key = any(${deviceSerials}::text[]) or h.person_id = any(${personIds}::uuid[]))`.execute(
          test.context.db,
        );
        const expected = wantedIn({ ...one, assignments });
        const wanted = rows.filter((row) => row.wanted);
        expect({
          devices: new Set(wanted.flatMap((row) => (row.personId === null ? row.key : []))),
          people: new Set(wanted.flatMap((row) => row.personId ?? [])),
          removed: new Set(rows.flatMap((row) => (row.wanted ? [] : row.key))),
        }).toEqual({
          devices: new Set([...expected.forDevices].map((i) => deviceSerials[i])),
          people: new Set([...expected.forPeople].map((i) => personIds[i])),
          removed: new Set([...expected.removed].map((i) => deviceSerials[i])),
        });
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

/** A group, or a built-in target, has one assignment an app. */
function withoutDoubles(assignments: readonly Assignment[]): Assignment[] {
  const key = (one: Assignment): string => String(one.target.group ?? one.target.kind);
  return assignments.filter(
    (one, i) => assignments.findIndex((other) => key(other) === key(one)) === i,
  );
}

async function build({ owners, members, assignments, deleted, asked }: World) {
  run += 1;
  const { appId, assetId } = await organization.app(location, undefined);
  const personIds: string[] = [];
  for (let i = 0; i < people; i += 1) personIds.push(await organization.person(`p${run}-${i}`));
  const made = [];
  for (const [i, owner] of owners.entries()) {
    const personId = owner === undefined ? undefined : personIds[owner];
    made.push(
      await organization.device(
        `RES${String(run).padStart(4, '0')}${i}`,
        personId === undefined ? {} : { personId },
      ),
    );
  }
  const groupIds: string[] = [];
  for (let i = 0; i < groups; i += 1) groupIds.push(await organization.group());
  const seen = new Set<string>();
  for (const { group, kind, member } of members) {
    const of = { device: devices, person: people, group: groups }[kind];
    const key = `${group} ${kind} ${member % of}`;
    if (member >= of || seen.has(key) || (kind === 'group' && member === group)) continue;
    seen.add(key);
    const id = {
      device: made[member]?.directoryId,
      person: personIds[member],
      group: groupIds[member],
    }[kind];
    if (id === undefined) continue;
    await organization.join(groupIds[group] ?? '', {
      ...(kind === 'device' ? { deviceId: id } : {}),
      ...(kind === 'person' ? { personId: id } : {}),
      ...(kind === 'group' ? { childGroupId: id } : {}),
    });
  }
  for (const { intent, licenseType, target, priority } of assignments)
    await organization.assignAs(appId, {
      intent,
      licenseType,
      target: target.kind,
      groupId: target.group === undefined ? null : (groupIds[target.group] ?? null),
      priority,
    });
  if (deleted !== undefined)
    await test.context.db
      .updateTable('directory.group')
      .set({ deletedAt: test.clock.now() })
      .where('id', '=', groupIds[deleted] ?? '')
      .execute();
  for (const device of new Set(asked))
    await sql`insert into grants.request (app_id, device_id, requested_at)
      values (${appId}, ${made[device]?.deviceId}, ${test.clock.now()})`.execute(test.context.db);
  return { assetId, devices: made.map((one) => one.serialNumber), people: personIds };
}
