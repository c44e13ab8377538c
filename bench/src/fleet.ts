import type { Stage } from './stage.ts';

/** A linear congruential generator: the same seed, the same instance, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** Devices written as enrolled ones would be: enrolling them for real measures key generation. */
export async function enrollDevices({ database }: Stage, devices: number): Promise<void> {
  await database.query(
    `with known as (
       insert into directory.device (serial_number, created_at)
       select 'BENCH' || lpad(n::text, 7, '0'), now() from generate_series(1, $1::int) n returning id, serial_number)
     insert into devices.device (directory_device_id, serial_number, management_state, family, os_version, first_seen, last_check_in_at, created_at)
     select id, serial_number, 'managed', 'iPhone', '18.1', nextval('db.change_order'), now() - make_interval(secs => right(serial_number, 4)::int), now() from known`,
    [devices],
  );
  await database.query(
    `insert into library.holder (kind, key) select 'device', serial_number from devices.device order by serial_number`,
  );
}

/** Makes groups and names them; `prefix` and a number from 1. */
export async function makeGroups(
  { database }: Stage,
  prefix: string,
  count: number,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    `insert into directory.group (display_name, created_at)
     select $1 || n, now() from generate_series(1, $2::int) n returning id`,
    [prefix, count],
  );
  return rows.map((row) => row.id);
}

/** Puts devices, by number from 1, into groups; nobody is told. */
export async function putIntoGroups(
  { database }: Stage,
  memberships: readonly { readonly groupId: string; readonly devices: readonly number[] }[],
): Promise<void> {
  for (const { groupId, devices } of memberships) {
    await database.query(
      `insert into directory.member (group_id, device_id)
       select $1, d.id from unnest($2::int[]) n join directory.device d on d.serial_number = 'BENCH' || lpad(n::text, 7, '0')`,
      [groupId, devices],
    );
  }
}

/** Makes apps at Apple in a box, and buys licenses of each. */
export async function buyApps(
  { apple }: Stage,
  uId: string,
  apps: number,
  quantity: number,
): Promise<void> {
  const titles = Array.from({ length: apps }, (_, i) => ({
    adamId: String(7_000_000_001 + i),
    name: `Bench app ${i + 1}`,
    bundleId: `org.example.bench.app${i + 1}`,
  }));
  await apple.post('/_control/titles', { titles });
  await apple.post('/_control/purchases', {
    uId,
    purchases: titles.map(({ adamId }) => ({ adamId, quantity })),
  });
}
