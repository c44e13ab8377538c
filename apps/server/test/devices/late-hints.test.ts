import { Client } from 'pg';
import { expect, it, vi } from 'vitest';
import { wakeChannel } from '../../src/db/hints.ts';
import { openTestContext } from '../support/context.ts';

it('says the first hint at once, and those that follow together after a pause', async () => {
  await using opened = await openTestContext();
  const { hints, pool } = opened.context;
  const client = new Client({ connectionString: pool.options.connectionString });
  await client.connect();
  const heard: string[] = [];
  client.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await client.query(`listen ${wakeChannel}`);
  hints.wake('delivery');
  await vi.waitFor(() => expect(heard).toEqual(['delivery']));
  for (let time = 0; time < 100; time += 1) hints.wake('delivery');
  hints.wake('grants');
  opened.clock.advance(1_000);
  await vi.waitFor(() => expect(heard).toHaveLength(3));
  expect(heard.slice(1).toSorted()).toEqual(['delivery', 'grants']);
  await client.end();
});
