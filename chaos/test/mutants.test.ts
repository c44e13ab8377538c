import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyEdit, mutantNamed, mutants } from '../src/mutants.ts';

describe('mutants', () => {
  it.each(Object.entries(mutants))('%s still has its pieces of the source to break', (_, edits) => {
    for (const edit of edits) {
      const source = readFileSync(
        new URL(`../../apps/server/src/${edit.file}`, import.meta.url),
        'utf8',
      );
      expect(applyEdit(edit, source)).not.toBe(source);
    }
  });

  it('refuse a source that lacks the piece, or has it twice', () => {
    const edit = { file: 'a.ts', piece: 'lock();', broken: '' };
    expect(() => applyEdit(edit, 'read();')).toThrow('a.ts has 0 times instead of once: lock();');
    expect(() => applyEdit(edit, 'lock(); lock();')).toThrow('2 times');
  });

  it('are known by name', () => {
    expect(() => mutantNamed('forgetful')).toThrow('choose one of dropAssetLock');
  });
});
