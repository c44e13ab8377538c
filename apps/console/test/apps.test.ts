import { describe, expect, it } from 'vitest';
import type { App, Assignment } from '../src/api/apps.ts';
import { nextSkip } from '../src/api/http.ts';
import { filterApps } from '../src/apps/app-facts.ts';
import { draftOf, isChanged, newAssignment, takesAway } from '../src/apps/assignment-draft.ts';
import { detailOf } from '../src/audit/detail.ts';
import { licenseWord } from '../src/status/words.ts';
import { readSort, writeSort } from '../src/ui/table-model.ts';

const app = (part: Partial<App>): App =>
  ({
    id: 'a',
    tokenId: 't1',
    name: 'Keynote',
    artistName: 'Apple',
    bundleId: 'com.apple.Keynote',
    waiting: 0,
    failed: 0,
    pending: 0,
    removalFailed: 0,
    ...part,
  }) as App;

const assignment = (groupId: string): Assignment => ({
  id: groupId,
  intent: 'required',
  licenseType: 'device',
  priority: 0,
  settings: {},
  target: { kind: 'group', groupId, groupName: groupId, groupDeleted: false, members: 3 },
});

describe('the app list', () => {
  const apps = [
    app({ id: 'a' }),
    app({ id: 'b', name: 'Slack', artistName: 'Salesforce', bundleId: null, waiting: 2 }),
    app({ id: 'c', tokenId: 't2', name: 'Notes', failed: 1 }),
  ];
  const shown = (filter: Parameters<typeof filterApps>[1]): readonly string[] =>
    filterApps(apps, filter).map(({ id }) => id);

  it('is searched by name, publisher and bundle ID', () => {
    expect(shown({ search: 'SALES' })).toEqual(['b']);
    expect(shown({ search: 'com.apple' })).toEqual(['a', 'c']);
    expect(shown({ search: '  ' })).toEqual(['a', 'b', 'c']);
  });

  it('is narrowed to a token and to a problem', () => {
    expect(shown({ token: 't2' })).toEqual(['c']);
    expect(shown({ show: 'waiting' })).toEqual(['b']);
    expect(shown({ show: 'failed', token: 't1' })).toEqual([]);
  });

  it('keeps its order in the address', () => {
    expect(readSort('-waiting')).toEqual([{ id: 'waiting', desc: true }]);
    expect(writeSort(readSort('name'))).toBe('name');
    expect(writeSort(readSort(undefined))).toBeUndefined();
  });
});

describe('edited assignments', () => {
  const saved = [assignment('g1'), assignment('g2')];

  it('are unchanged until a group comes or goes', () => {
    const draft = draftOf(saved);
    expect(isChanged(draft, saved)).toBe(false);
    expect(isChanged(draft.slice(1), saved)).toBe(true);
    expect(isChanged([...draft.slice(1), ...draftOf([assignment('g3')])], saved)).toBe(true);
  });

  it('are changed by another type or license type', () => {
    const draft = draftOf(saved);
    const changed = draft.map((one) => ({ ...one, type: 'uninstall' as const }));
    expect(isChanged(changed, saved)).toBe(true);
    const toUsers = draft.map((one) => ({ ...one, licenseType: 'user' as const }));
    expect(isChanged(toUsers, saved)).toBe(true);
  });

  it('tell when somebody can lose the app', () => {
    const draft = draftOf(saved);
    const added = newAssignment({ key: 'g3', name: 'g3', groupId: 'g3', members: 1 }, 'device');
    expect(takesAway([...draft, added], saved)).toBe(false);
    expect(takesAway(draft.slice(1), saved)).toBe(true);
    expect(takesAway([...draft, { ...added, type: 'excluded' }], saved)).toBe(true);
    expect(
      takesAway(
        draft.map((one) => ({ ...one, type: 'uninstall' as const })),
        saved,
      ),
    ).toBe(true);
  });
});

const page = (count: number, rows: number) => ({ count, value: Array.from({ length: rows }) });

describe('lists in pages', () => {
  it('end when everything is read, or nothing comes', () => {
    expect(nextSkip(page(5, 2), [page(5, 2), page(5, 2)])).toBe(4);
    expect(nextSkip(page(5, 1), [page(5, 4), page(5, 1)])).toBeUndefined();
    expect(nextSkip(page(5, 0), [page(5, 0)])).toBeUndefined();
  });
});

describe('words for states', () => {
  it('tell the place in line', () => {
    const since = '2026-11-23T00:00:00Z';
    expect(licenseWord({ state: 'waiting', position: 1200, since }).word).toBe(
      'Waiting, 1,200 in line',
    );
    expect(licenseWord({ state: 'held', position: null, since }).word).toBe('Held');
  });

  it('tell the detail of an audit entry', () => {
    expect(detailOf({ fields: ['name', 'appleId'], assignments: [{}, {}], paused: true })).toBe(
      'Fields: name, appleId · Assignments: 2 · Paused: yes',
    );
    expect(detailOf({ reason: null })).toBeUndefined();
    expect(detailOf(null)).toBeUndefined();
  });
});
