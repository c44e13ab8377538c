import { intentsOf, resolveIntents, type SettingsOffer } from '@allotment/licensing';
import type { Trx } from '../db/connect.ts';
import { readOffers, settingsKey } from './app-settings.ts';
import { keyOf } from './events.ts';
import { isGone, staysAway } from './lost.ts';
import type { Situation } from './situation.ts';

/**
 * Of the apps that their person removed, those that nothing requires on the device: only a person's request brings them
 * back (behavior 45). Others are not looked at.
 *
 * @returns keys, as \`keyOf\` writes them
 */
export async function readOptional(
  trx: Trx,
  situations: readonly Situation[],
): Promise<ReadonlySet<string>> {
  const removed = situations.flatMap((situation) => {
    const { deviceId, wanted } = situation;
    if (wanted === undefined || wanted.appId === null || !isRemoved(situation)) return [];
    return [{ deviceId, appId: wanted.appId, key: keyOf(situation) }];
  });
  const offers = await readOffers(trx, removed);
  return new Set(
    removed.filter((app) => !isRequired(offers.get(settingsKey(app)) ?? [])).map(({ key }) => key),
  );
}

function isRemoved({ task, managed }: Situation): boolean {
  if (task === undefined) return false;
  if (staysAway(task) || task.reason === 'removedByPerson') return true;
  return task.state === 'installed' ? isGone(managed) : managed === 'ManagedButUninstalled';
}

const isRequired = (offers: readonly SettingsOffer[]): boolean =>
  resolveIntents(intentsOf('user', offers), intentsOf('device', offers)).required;
