import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { assetsOfApps, assetsOfGroups, assetsOfHolders } from './assets-of.ts';
import { holdersOf } from './candidates.ts';
import { decide, settleAssets } from './decide.ts';
import { withSiblings } from './line.ts';
import { decideMany } from './pass.ts';
import { liftHolds } from './holds.ts';
import { forgetLost } from './lost.ts';
import { forgetHandedOver } from './requests.ts';
import { lockStock, refreshFound, refreshStock } from './stock.ts';

/** What is done about the notes of one kind, in the transaction that takes them. */
interface Handler {
  /** Notes taken at once: each transaction stays short. */
  readonly atOnce: number;
  /** @param keys each once */
  act(context: Context, trx: Trx, keys: readonly string[]): Promise<void>;
}

/**
 * What changed elsewhere, by kind of note.
 *
 * | kind | key | what |
 * |---|---|---|
 * | `app` | app | its assignments were saved |
 * | `asset` | asset | everything about it |
 * | `group` | group | anything about its members, or the group itself |
 * | `memberDevice`, `memberPerson` | `group:device` (the directory's), `group:person` | joined or left |
 * | `nested` | `group:group` | the second joined or left the first |
 * | `device`, `person` | device, person | everything about it |
 * | `holder` | holder | its device was deleted, or a license of its own is gone |
 * | `asked` | `app:device` | a person asked for the app there |
 * | `stock` | asset | the library read its counts or holders |
 * | `seats` | asset | a seat came free, or a time has come |
 */
export const handlers: Readonly<Record<string, Handler>> = {
  app: {
    atOnce: 200,
    act: async (context, trx, keys) => {
      const assetIds = await assetsOfApps(trx, keys);
      await liftHolds(trx, assetIds);
      await decideMany(context, trx, { assetIds, groupId: null });
    },
  },
  asset: {
    atOnce: 200,
    act: async (context, trx, keys) =>
      decideMany(context, trx, { assetIds: keys.map(Number), groupId: null }),
  },
  group: {
    atOnce: 200,
    act: async (context, trx, keys) =>
      decideMany(context, trx, { assetIds: await assetsOfGroups(trx, keys), groupId: null }),
  },
  memberDevice: { atOnce: 100, act: decideMembers },
  memberPerson: { atOnce: 100, act: decideMembers },
  nested: {
    atOnce: 1,
    act: async (context, trx, keys) => {
      for (const [parent, child] of keys.map(split))
        await decideMany(context, trx, {
          assetIds: await assetsOfGroups(trx, [parent]),
          groupId: child,
        });
    },
  },
  device: {
    atOnce: 100,
    act: async (context, trx, keys) => {
      await forgetHandedOver(trx, keys);
      await decideHolders(context, trx, await holdersOf(context, trx, { deviceIds: keys }));
    },
  },
  person: {
    atOnce: 100,
    act: async (context, trx, keys) =>
      decideHolders(context, trx, await holdersOf(context, trx, { personIds: keys })),
  },
  holder: {
    atOnce: 100,
    act: async (context, trx, keys) => decideHolders(context, trx, keys.map(Number)),
  },
  asked: {
    atOnce: 100,
    act: async (context, trx, keys) => {
      const pairs = keys.map(split);
      await decide(context, trx, {
        assetIds: await assetsOfApps(
          trx,
          pairs.map(([appId]) => appId),
        ),
        holderIds: await holdersOf(context, trx, {
          deviceIds: pairs.map(([, deviceId]) => deviceId),
        }),
      });
    },
  },
  stock: { atOnce: 1, act: async (context, trx, keys) => settle(context, trx, keys, true) },
  seats: { atOnce: 50, act: async (context, trx, keys) => settle(context, trx, keys, false) },
};

async function decideMembers(context: Context, trx: Trx, keys: readonly string[]): Promise<void> {
  const pairs = keys.map(split);
  const assetIds = await assetsOfGroups(
    trx,
    pairs.map(([group]) => group),
  );
  if (assetIds.length === 0) return;
  const members = pairs.map(([, member]) => member);
  const holderIds = await holdersOf(context, trx, {
    directoryDeviceIds: members,
    personIds: members,
  });
  await decide(context, trx, { assetIds, holderIds });
}

async function decideHolders(
  context: Context,
  trx: Trx,
  holderIds: readonly number[],
): Promise<void> {
  await decide(context, trx, { assetIds: await assetsOfHolders(trx, holderIds), holderIds });
}

async function settle(
  context: Context,
  trx: Trx,
  keys: readonly string[],
  counted: boolean,
): Promise<void> {
  const now = context.clock.now();
  const { assetIds, siblings } = await withSiblings(trx, keys.map(Number));
  await lockStock(trx, assetIds);
  if (counted) {
    await refreshStock(trx, keys.map(Number), now);
    await refreshFound(trx, keys.map(Number), now);
  }
  await forgetLost(trx, assetIds, now);
  await settleAssets(context, trx, assetIds, siblings);
}

function split(key: string): [string, string] {
  const [first = '', second = ''] = key.split(':');
  return [first, second];
}
