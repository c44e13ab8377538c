import { describe, expect, it } from 'vitest';
import { readAppSearch, readAppsSearch, readTextSearch } from '../src/search.ts';

describe('the search part of an address', () => {
  it('keeps what the app list knows', () => {
    const search = { search: 'keynote', token: 't1', show: 'failed', sort: '-waiting' };
    expect(readAppsSearch(search)).toEqual(search);
  });

  it('drops what no screen knows', () => {
    expect(readAppsSearch({ show: 'everything', sort: 3.5, search: '', other: 'x' })).toEqual({
      sort: '3.5',
    });
    expect(readAppSearch({ tab: 'danger', state: ['installed'] })).toEqual({});
  });

  it('takes a number that somebody typed for text', () => {
    expect(readTextSearch({ search: 2026 })).toEqual({ search: '2026' });
  });
});
