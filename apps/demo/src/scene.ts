import type { Allotment, AppRow } from './allotment.ts';
import type { Apple, AppleTitle } from './apple.ts';
import type { DemoOrganization } from './organization.ts';

/** What the story was told with, and what it saw. */
export interface Scene {
  readonly allotment: Allotment;
  readonly apple: Apple;
  readonly organizations: readonly DemoOrganization[];
  readonly say: (line: string) => void;
  /**
   * Added to the waits for devices, in milliseconds: they live as fast as Apple in a box does, and many share a machine.
   * Of a request that a killed server had on its way nobody knows whether Apple has it: it is sent again after Apple's
   * ten minutes only.
   */
  readonly patienceMs: number;
}

export interface Told {
  readonly titles: ReadonlyMap<string, AppleTitle>;
  readonly uIds: ReadonlyMap<string, string>;
}

export function findApp(
  apps: readonly AppRow[],
  tokenId: string | undefined,
  adamId: string,
): AppRow {
  const app = apps.find((row) => row.tokenId === tokenId && row.adamId === adamId);
  if (app === undefined) throw new Error(`The app ${adamId} is not in the list of apps.`);
  return app;
}

/** A column of the app list, summed. */
export function total(
  apps: readonly AppRow[],
  column: 'held' | 'installed' | 'pending' | 'waiting' | 'failed',
): number {
  return apps.reduce((sum, app) => sum + app[column], 0);
}
