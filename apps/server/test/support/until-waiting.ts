import type { Context } from '../../src/context.ts';

/**
 * Waits until connections to the test's database wait for locks.
 *
 * @param count so many of them at least
 * @param isOver stops waiting for them
 */
export async function untilWaiting(
  { pool }: Pick<Context, 'pool'>,
  count = 1,
  isOver: () => boolean = () => false,
): Promise<void> {
  while (!isOver()) {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((rowCount ?? 0) >= count) return;
  }
}
