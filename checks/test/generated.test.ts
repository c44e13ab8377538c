import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate } from '../generate.ts';
import { root } from '../tree.ts';

const generated = await generate();

describe('generated files are fresh (npm run generate)', () => {
  it.each([...generated])('%s', async (path, text) => {
    expect(await readFile(join(root, path), 'utf8')).toBe(text);
  });
});
