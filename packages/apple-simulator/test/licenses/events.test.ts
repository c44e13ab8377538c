import { describe, expect, it, vi } from 'vitest';

import { Box, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const PAGES = '361309726';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

const devices = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `SERIAL${index}`);

describe('events', () => {
  it('are accepted at once and done some seconds later, in growing steps', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 100 }]);
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(40),
    });
    const eventId = String(body['eventId']);
    expect(body).toMatchObject({ uId: client.uId, tokenExpirationDate: expect.any(String) });
    expect(await client.status(eventId)).toMatchObject({
      eventStatus: 'PENDING',
      numRequested: 40,
      numCompleted: 0,
    });
    const seen: unknown[] = [];
    for (let second = 0; second < 12; second++) {
      await box().advance(1);
      seen.push((await client.status(eventId))['numCompleted']);
    }
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(a) - Number(b)));
    expect(await client.status(eventId)).toMatchObject({
      eventStatus: 'COMPLETE',
      eventType: 'ASSOCIATE',
      numCompleted: 40,
      uId: client.uId,
    });
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 40, availableCount: 60 });
  });

  it('fail in part with 9709 when the stock runs out midway', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 6 },
      { adamId: PAGES, quantity: 8 },
    ]);
    const status = await client.run('/assets/associate', {
      assets: [keynote, { adamId: PAGES }],
      serialNumbers: devices(8),
    });
    expect(status).toMatchObject({
      eventStatus: 'FAILED',
      numRequested: 16,
      numCompleted: 14,
      failures: [
        {
          errorNumber: 9709,
          errorInfo: { assets: [keynote], serialNumbers: ['SERIAL6', 'SERIAL7'] },
        },
      ],
    });
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 6, availableCount: 0 });
  });

  it('fail with 9709 for a title the location does not own', async () => {
    const client = await box().location();
    const status = await client.run('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    expect(status).toMatchObject({
      eventStatus: 'FAILED',
      numCompleted: 0,
      failures: [{ errorNumber: 9709 }],
    });
  });

  it('give licenses back', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: devices(3) });
    const status = await client.run('/assets/disassociate', {
      assets: [keynote],
      serialNumbers: devices(2),
    });
    expect(status).toMatchObject({
      eventStatus: 'COMPLETE',
      eventType: 'DISASSOCIATE',
      numCompleted: 2,
    });
    expect(await client.all('assignments')).toEqual([{ ...keynote, serialNumber: 'SERIAL2' }]);
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 1, availableCount: 4 });
  });

  it('revoke every revocable asset of the targets', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 5 },
      { adamId: PAGES, quantity: 5 },
    ]);
    const both = [keynote, { adamId: PAGES }];
    await client.run('/assets/associate', { assets: both, serialNumbers: ['A', 'B'] });
    const status = await client.run('/assets/revoke', { serialNumbers: ['A', 'NEVER'] });
    expect(status).toMatchObject({
      eventType: 'REVOKE',
      eventStatus: 'COMPLETE',
      numRequested: 2,
      numCompleted: 2,
    });
    expect(await client.all('assignments', { serialNumber: 'A' })).toEqual([]);
    expect(await client.all('assignments', { serialNumber: 'B' })).toHaveLength(2);
  });

  it('are unknown by another id, and in another location', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    const other = await box().location();
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    expect((await other.get('/status', { eventId: String(body['eventId']) })).body).toMatchObject({
      errorNumber: 9708,
    });
    expect((await client.get('/status')).body).toMatchObject({ errorNumber: 9708 });
  });

  it('are done without delay at speed 0', async () => {
    await using fast = await Box.start({ speed: 0 });
    const client = await fast.location([{ adamId: KEYNOTE, quantity: 5 }]);
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(5),
    });
    await vi.waitFor(async () => {
      const status = await client.status(String(body['eventId']));
      expect(status).toMatchObject({ eventStatus: 'COMPLETE', numCompleted: 5 });
    });
  });

  it('can take twelve minutes', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await box().fault('event.slow', {}, { scope: { location: client.uId } });
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    await box().advance(719);
    expect(await client.status(String(body['eventId']))).toMatchObject({ eventStatus: 'PENDING' });
    await box().advance(2);
    expect(await client.status(String(body['eventId']))).toMatchObject({ eventStatus: 'COMPLETE' });
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('can be lost: PENDING for ever, with the work done: %s', async (applied, assignments) => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await box().fault('event.lost', { applied }, { times: 1 });
    const status = await client.run('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    expect(status).toMatchObject({ eventStatus: 'PENDING', numCompleted: 0 });
    expect(await client.all('assignments')).toHaveLength(assignments);
  });

  it.each([9603, 9644])('can fail with %i, in whole or in part', async (errorNumber) => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 500 }]);
    await box().fault('event.failed', { errorNumber }, { times: 1 });
    const whole = await client.run('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    expect(whole).toMatchObject({
      eventStatus: 'FAILED',
      numCompleted: 0,
      failures: [{ errorNumber }],
    });
    await box().fault('event.failed', { errorNumber, share: 0.5 }, { times: 1 });
    const part = await client.run('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(200),
    });
    const done = Number(part['numCompleted']);
    expect(done).toBeGreaterThan(50);
    expect(done).toBeLessThan(150);
    const [failure] = part['failures'] as { errorInfo: { serialNumbers: string[] } }[];
    expect(failure?.errorInfo.serialNumbers).toHaveLength(200 - done);
    expect(await client.all('assignments')).toHaveLength(done);
  });

  it('are in the journal step by step, and every assignment with the counts after it', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: devices(4) });
    const mine = (lines: Json[]): Json[] => lines.filter(({ uId }) => uId === client.uId);
    const [accepted] = mine(await box().journal('request.accepted'));
    expect(accepted).toMatchObject({ operation: 'associate', body: { serialNumbers: devices(4) } });
    const steps = mine(await box().journal('event.step'));
    expect(steps.map(({ numCompleted }) => numCompleted)).toEqual([1, 2, 3, 4]);
    expect(steps.at(-1)).toMatchObject({ status: 'COMPLETE', eventId: accepted?.['eventId'] });
    expect(mine(await box().journal('assignment')).at(-1)).toMatchObject({
      change: 'associated',
      serialNumber: 'SERIAL3',
      eventId: accepted?.['eventId'],
      assigned: 4,
      total: 5,
    });
  });
});
