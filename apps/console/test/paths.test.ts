import { createMemoryHistory } from '@tanstack/react-router';
import { describe, expect, it } from 'vitest';
import { paths } from '../src/paths.ts';
import { createConsoleRouter } from '../src/router.tsx';

const router = createConsoleRouter({ firstStartSecret: undefined }, createMemoryHistory());

const links = {
  home: paths.home(),
  apps: paths.apps(),
  'apps, narrowed': paths.apps({ search: 'a&b c', token: 't1', show: 'waiting', sort: '-held' }),
  app: paths.app('a1'),
  'app, failed devices': paths.app('a1', { tab: 'devices', state: 'failed' }),
  books: paths.books(),
  'books, searched': paths.books({ search: 'swift' }),
  devices: paths.devices(),
  'devices, searched': paths.devices({ search: 'DMPX' }),
  book: paths.book('b1'),
  device: paths.device('d1'),
  groups: paths.groups(),
  'groups, searched': paths.groups({ search: 'grade 5' }),
  tokens: paths.tokens(),
  token: paths.token('t1'),
  people: paths.people(),
  'people, searched': paths.people({ search: 'ada' }),
  person: paths.person('p1'),
  alerts: paths.alerts(),
  'alerts, over': paths.alerts({ state: 'closed' }),
  settings: paths.settings(),
  audit: paths.audit(),
} as const;

describe('paths', () => {
  it('lead where they always led', () => {
    const addresses = Object.entries(links).map(([name, link]) => [
      name,
      router.buildLocation(link).href,
    ]);
    expect(Object.fromEntries(addresses)).toMatchInlineSnapshot(`
      {
        "alerts": "/alerts",
        "alerts, over": "/alerts?state=closed",
        "app": "/apps/a1",
        "app, failed devices": "/apps/a1?tab=devices&state=failed",
        "apps": "/apps",
        "apps, narrowed": "/apps?search=a%26b+c&token=t1&show=waiting&sort=-held",
        "audit": "/audit",
        "book": "/books/b1",
        "books": "/books",
        "books, searched": "/books?search=swift",
        "device": "/devices/d1",
        "devices": "/devices",
        "devices, searched": "/devices?search=DMPX",
        "groups": "/groups",
        "groups, searched": "/groups?search=grade+5",
        "home": "/",
        "people": "/people",
        "people, searched": "/people?search=ada",
        "person": "/people/p1",
        "settings": "/settings",
        "token": "/tokens/t1",
        "tokens": "/tokens",
      }
    `);
  });

  it('reach every screen there is', () => {
    const reached = new Set<string>(Object.values(links).map(({ to }) => to));
    expect(Object.keys(router.routesByPath).filter((path) => !reached.has(path))).toEqual([]);
  });
});
