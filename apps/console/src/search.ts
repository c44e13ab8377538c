import type { AlertState } from './api/alerts.ts';
import { type InstallState, installStates } from './api/status.ts';
import type {
  AlertsSearch,
  AppProblem,
  AppSearch,
  AppsSearch,
  AppTab,
  TextSearch,
} from './paths.ts';

export const appProblems: readonly AppProblem[] = ['waiting', 'failed', 'pending'];
export const appTabs: readonly AppTab[] = ['devices', 'assignments', 'about'];

type Raw = Readonly<Record<string, unknown>>;

/** The search part of an address, as far as the screens know it; what they do not know is dropped. */
export function readAppsSearch(raw: Raw): AppsSearch {
  return without({
    search: text(raw['search']),
    token: text(raw['token']),
    show: oneOf(appProblems, raw['show']),
    sort: text(raw['sort']),
  });
}

export function readAppSearch(raw: Raw): AppSearch {
  return without({
    tab: oneOf<AppTab>(appTabs, raw['tab']),
    state: oneOf<InstallState>(installStates, raw['state']),
  });
}

export function readTextSearch(raw: Raw): TextSearch {
  return without({ search: text(raw['search']) });
}

export function readAlertsSearch(raw: Raw): AlertsSearch {
  return without({ state: oneOf<AlertState>(['closed'], raw['state']) });
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

function without<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}
