import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';

/**
 * A person asks for an app on a device: where it is Available there, it takes its license from now on (behavior L23).
 * Asking twice is asking once.
 *
 * @throws Problem `appNotFound`, `deviceNotFound`
 */
export async function requestInstall(
  context: Context,
  asked: { readonly appId: string; readonly deviceId: string; readonly personId: string | null },
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ app: boolean; device: boolean }>`select
      exists (select from library.app where id = ${asked.appId}) as app,
      exists (select from devices.device where id = ${asked.deviceId}) as device`.execute(trx);
    if (rows[0]?.app !== true)
      throw new Problem('notFound', 'appNotFound', `There is no app ${asked.appId}.`);
    if (!rows[0].device)
      throw new Problem('notFound', 'deviceNotFound', `There is no device ${asked.deviceId}.`);
    await trx
      .insertInto('grants.request')
      .values({ ...asked, requestedAt: context.clock.now() })
      .onConflict((same) => same.doNothing())
      .execute();
    await leaveNote(trx, 'grants', 'asked', `${asked.appId}:${asked.deviceId}`);
  });
}
