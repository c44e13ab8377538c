import { describe, expect, it, vi } from 'vitest';

import { START, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const PAGES = '361309726';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

const devices = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `SERIAL${index}`);

describe('answers', () => {
  it.each([
    ['truncated', 'before', 0],
    ['truncated', 'after', 1],
    ['noise', 'after', 1],
    ['empty', 'after', 1],
  ])('can be %s JSON %s the work is done', async (form, when, assignments) => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await box().fault('request.garbage', { form, when }, { times: 1 });
    const sent = client.post('/assets/associate', { assets: [keynote], serialNumbers: ['A'] });
    await expect(sent).rejects.toThrow(SyntaxError);
    await box().advance(15);
    expect(await client.all('assignments')).toHaveLength(assignments);
    const unanswered = await box().journal('request.unanswered');
    expect(unanswered.filter(({ uId }) => uId === client.uId)).toHaveLength(assignments);
  });

  it.each(['before', 'after'])(
    'can be so slow, %s the work, that the caller is gone',
    async (when) => {
      const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
      await box().fault('request.slow', { ms: 150, when }, { times: 1 });
      const gone = fetch(`${box().simulator.url}/mdm/v2/assets/associate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ assets: [keynote], serialNumbers: ['A'] }),
        signal: AbortSignal.timeout(40),
      });
      await expect(gone).rejects.toThrow(/timeout/u);
      await vi.waitFor(async () =>
        expect(await client.counters()).toMatchObject({ unansweredRequests: 1 }),
      );
      await box().advance(15);
      expect(await client.all('assignments')).toHaveLength(1);
    },
  );

  it('can be 429 with a date to come back', async () => {
    const client = await box().location();
    await box().fault('request.throttled', { retryAfterSeconds: 9, form: 'date' }, { times: 1 });
    const { status, headers } = await client.get('/assets');
    expect(status).toBe(429);
    expect(Date.parse(headers.get('retry-after') ?? '')).toBeGreaterThan(START.getTime());
  });
});

describe('a culprit', () => {
  it('is the first target that comes by: the request is refused as a whole, and taken without it', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 9 }]);
    await box().fault('request.culprit', {}, { scope: { location: client.uId } });
    const refused = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['BAD', 'GOOD'],
    });
    expect(refused).toMatchObject({
      status: 400,
      body: { errorNumber: 9602, errorInfo: { serialNumbers: ['BAD'] } },
    });
    const again = { assets: [keynote], serialNumbers: ['GOOD'] };
    expect(await client.run('/assets/associate', again)).toMatchObject({ numCompleted: 1 });
    const alone = { assets: [keynote], serialNumbers: ['BAD'] };
    expect((await client.post('/assets/associate', alone)).status).toBe(400);
  });

  it('can be an asset, and unnamed', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 9 },
      { adamId: PAGES, quantity: 9 },
    ]);
    const settings = { adamId: PAGES, named: false, errorNumber: 9603 };
    await box().fault('request.culprit', settings, { scope: { location: client.uId } });
    const both = await client.post('/assets/associate', {
      assets: [keynote, { adamId: PAGES }],
      serialNumbers: ['A'],
    });
    expect(both).toMatchObject({ status: 500, body: { errorNumber: 9603 } });
    expect(both.body).not.toHaveProperty('errorInfo');
    const one = { assets: [keynote], serialNumbers: ['A'] };
    expect((await client.post('/assets/associate', one)).status).toBe(200);
    expect(await client.counters()).toMatchObject({ pairs: 1, faults: { 'request.culprit': 1 } });
  });
});

describe('an event', () => {
  it('can find the stock gone midway: the rest fails with 9709', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 20 }]);
    await box().fault('event.starved', { share: 0.5 }, { times: 1 });
    const status = await client.run('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(12),
    });
    expect(status).toMatchObject({
      eventStatus: 'FAILED',
      numCompleted: 6,
      failures: [{ errorNumber: 9709 }],
    });
    expect(await client.asset(KEYNOTE)).toMatchObject({
      assignedCount: 6,
      totalCount: 6,
      retiredCount: 14,
    });
    const stock = (await box().journal('stock')).filter(({ uId }) => uId === client.uId);
    expect(stock.at(-1)).toMatchObject({
      reason: 'refund',
      countDelta: -14,
      assigned: 6,
      total: 6,
    });
  });
});

describe('titles', () => {
  it('vanish from the assets and come back; what is assigned stays so', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 20 }]);
    const { uId } = client;
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: ['A'] });
    const before = (await client.get('/assets')).body['versionId'];
    expect(await box().control('assets/vanish', { uId, adamId: KEYNOTE })).toMatchObject({
      vanished: true,
    });
    expect(await client.all('assets')).toEqual([]);
    expect((await client.get('/assets')).body['versionId']).not.toBe(before);
    expect(await client.all('assignments')).toHaveLength(1);
    const more = await client.run('/assets/associate', { assets: [keynote], serialNumbers: ['B'] });
    expect(more).toMatchObject({ eventStatus: 'FAILED', failures: [{ errorNumber: 9709 }] });
    await client.run('/assets/disassociate', { assets: [keynote], serialNumbers: ['A'] });
    expect(await client.all('assignments')).toEqual([]);
    await box().control('assets/return', { uId, adamId: KEYNOTE });
    expect(await client.all('assets')).toMatchObject([{ adamId: KEYNOTE, assignedCount: 0 }]);
    const unknown = await box().tryControl('assets/vanish', { uId, adamId: PAGES });
    expect(unknown.body['message']).toContain(PAGES);
  });
});

describe('the journal', () => {
  it('tells every accepted request and every change with its cause, and can be read on from a line', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 20 }]);
    const { uId } = client;
    const last = (await box().journal()).at(-1) as { seq: number };
    await box().control('assignments', {
      uId,
      assignments: [{ adamId: KEYNOTE, serialNumbers: ['FOREIGN'] }],
    });
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: ['A'],
    });
    const { eventId } = body;
    await box().advance(15);
    await client.status(String(eventId));
    const lines = await readFrom(last.seq);
    expect(lines[0]?.['seq']).toBe(last.seq + 1);
    expect(lines.filter(({ kind }) => kind === 'assignment')).toMatchObject([
      { change: 'associated', serialNumber: 'FOREIGN', by: 'other product', assigned: 1 },
      { change: 'associated', serialNumber: 'A', eventId, assigned: 2, total: 20 },
    ]);
    expect(lines.filter(({ kind }) => kind === 'request.accepted')).toMatchObject([
      {
        operation: 'associate',
        contentManager: 'content-manager',
        eventId,
        body: expect.anything(),
      },
      { operation: 'status', query: { eventId } },
    ]);
    const kinds = await box().journal('stock,assignment');
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['stock', 'assignment']));
  });

  it('has a counterpart: all assignments of a location with their causes', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 20 },
      { adamId: PAGES, quantity: 20 },
    ]);
    const { uId } = client;
    await box().control('assignments', {
      uId,
      assignments: [{ adamId: PAGES, serialNumbers: ['F'] }],
    });
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(3),
    });
    await box().advance(15);
    const dump = async (query: string): Promise<Json[]> =>
      jsonLines(await fetch(`${box().simulator.url}/_control/assignments?uId=${uId}${query}`));
    expect(await dump('')).toMatchObject([
      ...devices(3).map((serialNumber) => ({
        ...keynote,
        serialNumber,
        eventId: body['eventId'],
        settledAt: expect.any(Number),
      })),
      { adamId: PAGES, serialNumber: 'F', by: 'other product' },
    ]);
    expect(await dump(`&adamId=${PAGES}`)).toHaveLength(1);
  });
});

async function readFrom(seq: number): Promise<Json[]> {
  return jsonLines(await fetch(`${box().simulator.url}/_control/journal?since=${seq}`));
}

async function jsonLines(response: Response): Promise<Json[]> {
  return (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}
