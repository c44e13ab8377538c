import { describe, expect, it } from 'vitest';

import { type Client, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const PAGES = '361309726';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const pages = { adamId: PAGES, pricingParam: 'STDQ' };
const box = useBox();

const stocked = (): Promise<Client> =>
  box().location([
    { adamId: KEYNOTE, quantity: 10 },
    { adamId: PAGES, quantity: 10 },
  ]);

const mine = async ({ uId }: Client): Promise<Json[]> =>
  (await box().journal('request.repeats')).filter((line) => line['uId'] === uId);

describe('what is asked for twice', () => {
  it('is found while the first request is not done yet, pair by pair', async () => {
    const client = await stocked();
    const first = await client.post('/assets/associate', {
      assets: [keynote, pages],
      serialNumbers: ['A', 'B'],
    });
    await client.post('/assets/associate', { assets: [keynote], serialNumbers: ['B', 'C'] });
    expect(await mine(client)).toMatchObject([
      {
        reason: 'Open',
        type: 'ASSOCIATE',
        open: { eventId: first.body['eventId'], performed: 0, lost: false, answered: true },
        pairs: [{ ...keynote, serialNumber: 'B' }],
      },
    ]);
    expect(await client.counters()).toMatchObject({ pairsWhileOpen: 1 });
    await box().advance(15);
    expect(await client.counters()).toMatchObject({ repeatedPairs: 1 });
  });

  it('is found when it is so already', async () => {
    const client = await stocked();
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: ['A'] });
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: ['A', 'B'] });
    await client.run('/assets/disassociate', { assets: [keynote], serialNumbers: ['X'] });
    expect(await mine(client)).toMatchObject([
      { reason: 'Assigned', pairs: [{ ...keynote, serialNumber: 'A' }] },
      { reason: 'NotAssigned', pairs: [{ ...keynote, serialNumber: 'X' }] },
    ]);
  });

  it('is found where the opposite is under way, by taking back or by revoking', async () => {
    const client = await stocked();
    await client.run('/assets/associate', { assets: [keynote], serialNumbers: ['A', 'B'] });
    await client.post('/assets/revoke', { serialNumbers: ['A'] });
    await client.post('/assets/associate', { assets: [keynote], serialNumbers: ['A'] });
    await client.post('/assets/disassociate', { assets: [keynote], serialNumbers: ['A'] });
    const accepted = (await box().journal('event.accepted')).filter(
      ({ uId, type }) => uId === client.uId && type === 'REVOKE',
    );
    expect(accepted).toMatchObject([{ pairs: [{ ...keynote, serialNumber: 'A' }] }]);
    const found = (await mine(client)).map(({ reason, type }) => [type, reason]);
    expect(found).toEqual([
      ['ASSOCIATE', 'OppositeOpen'],
      ['ASSOCIATE', 'Assigned'],
      ['DISASSOCIATE', 'Open'],
      ['DISASSOCIATE', 'OppositeOpen'],
    ]);
    expect(await client.counters()).toMatchObject({ pairsWhileOppositeOpen: 2 });
  });

  it('is no repetition once the pair was done, though its event goes on', async () => {
    const client = await stocked();
    await box().fault('event.slow', { seconds: 40 }, { times: 1 });
    await client.post('/assets/associate', { assets: [keynote], serialNumbers: devices(8) });
    await box().advance(11);
    await client.post('/assets/disassociate', { assets: [keynote], serialNumbers: ['SERIAL0'] });
    await client.post('/assets/disassociate', { assets: [keynote], serialNumbers: ['SERIAL7'] });
    expect(await mine(client)).toMatchObject([
      { reason: 'OppositeOpen', pairs: [{ serialNumber: 'SERIAL7' }] },
      { reason: 'NotAssigned', pairs: [{ serialNumber: 'SERIAL7' }] },
    ]);
  });

  it('names a lost event as lost, and one whose answer was cut off as unanswered', async () => {
    const client = await stocked();
    const request = { assets: [keynote], serialNumbers: ['A'] };
    await box().fault('event.lost', {}, { times: 1, scope: { location: client.uId } });
    await box().fault('request.broken', { when: 'after' }, { times: 1 });
    await expect(client.post('/assets/associate', request)).rejects.toThrow('fetch failed');
    await client.post('/assets/associate', request);
    expect(await mine(client)).toMatchObject([
      { reason: 'Open', open: { lost: true, answered: false } },
    ]);
    const [state] = (await box().control(`state?uId=${client.uId}`))['locations'] as Json[];
    expect(state?.['openEvents']).toMatchObject([
      { type: 'ASSOCIATE', lost: true, answered: false },
      { type: 'ASSOCIATE', lost: false, answered: true },
    ]);
  });
});

const devices = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `SERIAL${index}`);
