import { describe, expect, it } from 'vitest';
import { rules } from '../rules/index.ts';
import { readTree } from '../tree.ts';

const tree = await readTree();

describe('the repository', () => {
  it('is read', () => {
    expect(tree.has('package.json')).toBe(true);
    expect(tree.size).toBeGreaterThan(100);
  });

  it('is checked on a bare machine, too: what lists its files is installed there', () => {
    expect(tree.get('.ci/run')).toMatch(/^ *command -v git .*missing\+=\(git\)$/m);
  });

  it.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(rule(tree)).toEqual([]);
  });
});
