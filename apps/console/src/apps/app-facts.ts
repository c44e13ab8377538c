import type { App } from '../api/apps.ts';
import type { AppProblem } from '../paths.ts';

export const platformNames = { ios: 'iOS/iPadOS', macos: 'macOS' } as const;

const familyNames: Readonly<Record<string, string>> = {
  iphone: 'iPhone',
  ipad: 'iPad',
  ipod: 'iPod touch',
  mac: 'Mac',
  tvos: 'Apple TV',
};

/** A family of devices as Apple writes it. */
export function familyName(family: string): string {
  return familyNames[family.toLowerCase()] ?? family;
}

/** How many devices of an app are in that state. */
export const problemCounts: Readonly<Record<AppProblem, (app: App) => number>> = {
  waiting: (app) => app.waiting,
  failed: (app) => app.failed,
  pending: (app) => app.pending,
};

export interface AppFilter {
  readonly search?: string | undefined;
  readonly token?: string | undefined;
  readonly show?: AppProblem | undefined;
}

/** The apps that fit: the text in the name, the publisher or the bundle ID; the token; the problem. */
export function filterApps(apps: readonly App[], filter: AppFilter): readonly App[] {
  const wanted = filter.search?.trim().toLowerCase() ?? '';
  return apps.filter(
    (app) =>
      (filter.token === undefined || app.tokenId === filter.token) &&
      (filter.show === undefined || problemCounts[filter.show](app) > 0) &&
      (wanted === '' ||
        [app.name, app.artistName, app.bundleId].some((text) =>
          text?.toLowerCase().includes(wanted),
        )),
  );
}
