import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deletePerson, updatePerson } from '../../src/directory/index.ts';
import { Stage, notability, pages } from '../support/stage.ts';
import { StagePeople } from './support/people.ts';
import { tellOfEvent } from './support/tell.ts';

let stage: Stage;
let people: StagePeople;
const admin = { kind: 'cli', name: 'test' } as const;
const soon = { timeout: 60_000, interval: 50 };

beforeEach(async () => {
  stage = await Stage.open();
  people = new StagePeople(stage);
});
afterEach(async () => stage[Symbol.asyncDispose]());

describe('who leaves the organization', () => {
  it('is retired at Apple once all licenses are back', async () => {
    const { groupId, personIds } = await people.group(2);
    const [leaver = '', stays = ''] = personIds;
    await people.assign(notability, groupId);
    await stage.held(notability, 2);
    await deletePerson(stage.harness.context, leaver, admin);
    await people.reaches(leaver, 'retired', 5_000);
    expect((await people.user(stays))?.state).toBe('registered');
    expect(await stage.asset(notability)).toMatchObject({ assigned: 1 });
    const journal = await stage.harness.apple.rawText('/_control/journal?kind=request.accepted');
    const order = journal
      .split('\n')
      .filter((line) => /disassociate|users\/retire|retireUsers/i.test(line));
    expect(order).toHaveLength(2);
    expect(order[0]).toMatch(/disassociate/i);
  });
});

describe('a user whom Apple no longer knows', () => {
  it('is created again before the license is asked for again', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(pages, groupId);
    await stage.held(pages, 1);
    await stage.harness.apple.post('/_control/users/retire', {
      uId: stage.uId,
      clientUserIds: [await people.clientUserIdOf(person)],
    });
    await people.assign(notability, groupId);
    await stage.heldLater(notability, 1, 5_000);
    expect((await people.atApple()).map((user) => user.status)).toContain('Registered');
  });

  it('(9609) but shows all the same is not created again', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(pages, groupId);
    await stage.held(pages, 1);
    await stage.fault('event.failed', { settings: { errorNumber: 9609, share: 1 }, times: 1 });
    await people.assign(notability, groupId);
    await stage.heldLater(notability, 1, 5_000);
    expect(await people.requests()).toEqual({ createUsers: 1, associate: 3 });
    expect((await people.user(person))?.state).toBe('registered');
  });

  it('(9609) when it is told of an address is told again, not created', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(pages, groupId);
    await stage.held(pages, 1);
    await stage.fault('event.failed', { settings: { errorNumber: 9609, share: 1 }, times: 1 });
    await updatePerson(stage.harness.context, person, { mail: 'new@mail.example' }, admin);
    await vi.waitFor(async () => {
      stage.harness.clock.advance(20_000);
      expect((await people.atApple()).map((user) => user.email)).toEqual(['new@mail.example']);
    }, soon);
    expect(await people.requests()).toEqual({ createUsers: 1, associate: 1, updateUsers: 2 });
  });

  it('(9609) is not taken for gone by word that comes late', async () => {
    const { groupId, personIds } = await people.group(1);
    const [person = ''] = personIds;
    await people.assign(pages, groupId);
    await stage.held(pages, 1);
    const { db } = stage.harness.context;
    const { eventId } = await db
      .selectFrom('associations.appleRequest')
      .select('eventId')
      .where('op', '=', 'associate')
      .executeTakeFirstOrThrow();
    await tellOfEvent(stage, {
      eventId,
      type: 'ASSOCIATE',
      result: 'FAILURE',
      error: { errorNumber: 9609, errorMessage: 'Registered user not found.' },
      assignments: [
        {
          adamId: pages,
          pricingParam: 'STDQ',
          clientUserId: await people.clientUserIdOf(person),
        },
      ],
    });
    await vi.waitFor(async () => {
      const notes = await db
        .selectFrom('db.note')
        .selectAll()
        .where('room', '=', 'associations')
        .execute();
      expect(notes).toEqual([]);
    }, soon);
    expect((await people.user(person))?.state).toBe('registered');
    expect(await people.requests()).toEqual({ createUsers: 1, associate: 1 });
  });

  it('(9609) keeps the seat until then', async () => {
    await stage.fault('request.refused', {
      settings: { errorNumber: 9609, status: 400 },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await people.group(1);
    await people.assign(notability, groupId);
    await vi.waitFor(async () => {
      const [row] = await stage.harness.context.db
        .selectFrom('grants.demand')
        .select(['granted', 'failure'])
        .execute();
      expect(row).toEqual({ granted: true, failure: 9609 });
    }, soon);
    await stage.heldLater(notability, 1, 5_000);
  });
});
