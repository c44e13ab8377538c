import { describe, expect, it } from 'vitest';
import { type AddressBar, takeFirstStartSecret } from '../src/first-start.ts';

function pageAt(address: string): { page: AddressBar; seen: string[] } {
  const seen: string[] = [];
  const page: AddressBar = {
    location: new URL(address),
    history: {
      state: null,
      replaceState: (_data, _unused, to) => {
        seen.push(String(to));
      },
    },
  };
  return { page, seen };
}

describe('the link of the first start', () => {
  it('gives its secret once and is cleared from the address', () => {
    const { page, seen } = pageAt('https://allotment.example/?x=1#sign-in=a-B_9');
    expect(takeFirstStartSecret(page)).toBe('a-B_9');
    expect(seen).toEqual(['/?x=1']);
  });

  it('leaves other addresses as they are', () => {
    const { page, seen } = pageAt('https://allotment.example/apps#main');
    expect(takeFirstStartSecret(page)).toBeUndefined();
    expect(seen).toEqual([]);
  });
});
