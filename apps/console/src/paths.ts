import type { AlertState } from './api/alerts.ts';
import type { InstallState } from './api/status.ts';

/** What the app list can be narrowed to. */
export type AppProblem = 'waiting' | 'failed' | 'pending';

export interface AppsSearch {
  readonly search?: string | undefined;
  readonly token?: string | undefined;
  readonly show?: AppProblem | undefined;
  readonly sort?: string | undefined;
}

export type AppTab = 'devices' | 'assignments' | 'about';

export interface AppSearch {
  readonly tab?: AppTab | undefined;
  readonly state?: InstallState | undefined;
}

export interface TextSearch {
  readonly search?: string | undefined;
}

export interface AlertsSearch {
  readonly state?: AlertState | undefined;
}

/** Where every screen is: the only place that knows addresses. Spread it into a link or hand it to `navigate`. */
export const paths = {
  home: () => ({ to: '/' }) as const,
  apps: (search: AppsSearch = {}) => ({ to: '/apps', search }) as const,
  app: (appId: string, search: AppSearch = {}) =>
    ({ to: '/apps/$appId', params: { appId }, search }) as const,
  books: (search: TextSearch = {}) => ({ to: '/books', search }) as const,
  book: (bookId: string) => ({ to: '/books/$bookId', params: { bookId } }) as const,
  devices: (search: TextSearch = {}) => ({ to: '/devices', search }) as const,
  device: (deviceId: string) => ({ to: '/devices/$deviceId', params: { deviceId } }) as const,
  people: (search: TextSearch = {}) => ({ to: '/people', search }) as const,
  person: (personId: string) => ({ to: '/people/$personId', params: { personId } }) as const,
  groups: (search: TextSearch = {}) => ({ to: '/groups', search }) as const,
  tokens: () => ({ to: '/tokens' }) as const,
  token: (tokenId: string) => ({ to: '/tokens/$tokenId', params: { tokenId } }) as const,
  alerts: (search: AlertsSearch = {}) => ({ to: '/alerts', search }) as const,
  settings: () => ({ to: '/settings' }) as const,
  audit: () => ({ to: '/audit' }) as const,
};
