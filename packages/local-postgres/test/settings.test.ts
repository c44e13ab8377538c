import { expect, it } from 'vitest';
import { cacheMiB, serverArguments } from '../src/settings.ts';

const gibibyte = 2 ** 30;

it.each([
  [1, 256],
  [4, 256],
  [8, 512],
  [16, 1_024],
  [256, 1_024],
])('on a machine with %s GiB PostgreSQL gets a cache of %s MiB', (memory, cache) => {
  expect(cacheMiB(memory * gibibyte)).toBe(cache);
});

it('what the caller sets comes before what suits the machine', () => {
  const given = serverArguments('/data', '/run/socket', 5432, { shared_buffers: '32MB' });
  expect(given.filter((argument) => argument.startsWith('shared_buffers'))).toEqual([
    'shared_buffers=32MB',
  ]);
});
