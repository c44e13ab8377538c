import type { World } from '../core/world.ts';
import type { PushTokens } from '../push/index.ts';
import type { Network } from './network.ts';

/** What surrounds the devices. */
export interface Environment extends World {
  readonly network: Network;
  readonly tokens: PushTokens;
}

/** Runs something nobody waits for; what goes wrong with it is told in the journal. */
export function runDetached({ journal }: World, what: string, work: Promise<void>): void {
  work.catch((error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    journal.write('internal.error', { what, message });
  });
}
