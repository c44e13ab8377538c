import { type Intents, resolveIntents } from './intents.ts';

/** The bits that stand for intents in SQL. */
export const intentBits = { required: 1, available: 2, uninstall: 4 } as const;
const masks = [0, 1, 2, 3, 4, 5, 6, 7] as const;

const intentsOf = (mask: number): Intents => ({
  required: (mask & intentBits.required) !== 0,
  available: (mask & intentBits.available) !== 0,
  uninstall: (mask & intentBits.uninstall) !== 0,
});

const rows = masks.flatMap((user) =>
  masks.map((device) => ({ user, device, ...resolveIntents(intentsOf(user), intentsOf(device)) })),
);

/** The conflict table as columns, by the one rule (Law 7): for every pair of masks what results. */
export const conflictTable = {
  users: rows.map((row) => row.user),
  devices: rows.map((row) => row.device),
  required: rows.map((row) => row.required),
  available: rows.map((row) => row.available),
  uninstall: rows.map((row) => row.uninstall),
};
