import { describe, expect, it } from 'vitest';
import { requireVersion } from '../../src/db/migrate.ts';

describe('the version of PostgreSQL', () => {
  it('is refused where it is too old, with what to do', () => {
    expect(() => requireVersion({ name: '15.12', number: 150_012 })).toThrow(
      'is PostgreSQL 15.12: Allotment needs 16 or later. Upgrade it;',
    );
  });

  it.each([
    { name: '16.0', number: 160_000 },
    { name: '18.4', number: 180_004 },
  ])('may be $name', (version) => {
    expect(() => requireVersion(version)).not.toThrow();
  });
});
