import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../../src/db/group-commit.ts';

class BadItem extends Error {}

/** A store whose statements end when the test says so. */
function slowStore(options: { readonly atOnce?: number } = {}) {
  const sets: string[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const group = new GroupCommit<string, string>({
    atOnce: options.atOnce ?? 10,
    store: async (items) => {
      sets.push([...items]);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      await end.promise;
      if (items.includes('bad')) throw new BadItem();
      return items.map((item) => `${item} stored`);
    },
    isFaultOfItem: (error) => error instanceof BadItem,
  });
  /** Ends the statement under way, and lets what follows from it happen. */
  const end = async (error?: Error): Promise<void> => {
    const current = ends.at(-1);
    if (error === undefined) current?.resolve();
    else current?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { sets, group, end };
}

describe('a group commit', () => {
  it('stores what arrives meanwhile together, and answers each after the commit of its own', async () => {
    const { sets, group, end } = slowStore();
    const answered: string[] = [];
    const all = ['a', 'b', 'c'].map(async (item) => answered.push(await group.add(item)));
    expect(sets).toEqual([['a']]);
    await end();
    expect([sets, answered]).toEqual([[['a'], ['b', 'c']], ['a stored']]);
    await end();
    await Promise.all(all);
    expect(answered).toEqual(['a stored', 'b stored', 'c stored']);
  });

  it('takes no more at once than it may', async () => {
    const { sets, group, end } = slowStore({ atOnce: 2 });
    const all = Promise.all(['a', 'b', 'c', 'd'].map(async (item) => group.add(item)));
    for (let i = 0; i < 3; i += 1) await end();
    expect(await all).toHaveLength(4);
    expect(sets).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  it('stores the others of a set without the one that cannot be stored', async () => {
    const { sets, group, end } = slowStore();
    const all = Promise.allSettled(['a', 'b', 'bad', 'c'].map(async (item) => group.add(item)));
    for (let i = 0; i < 5; i += 1) await end();
    expect((await all).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(sets).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']]);
  });

  it('tells everybody of a set that was not stored, and goes on with the next', async () => {
    const { group, end } = slowStore();
    const first = group.add('a');
    const set = Promise.allSettled([group.add('b'), group.add('c')]);
    await end();
    await first;
    const gone = new Error('the database is away');
    await end(gone);
    expect(await set).toEqual([
      { status: 'rejected', reason: gone },
      { status: 'rejected', reason: gone },
    ]);
    const next = group.add('d');
    await end();
    expect(await next).toBe('d stored');
  });
});
