import { organizationInfo, settings } from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { queueCommands } from './commands.ts';

/** Before installs, which ask their person in the organization's name. */
const priority = 20;

/** Has a device show the organization's name where it asks its person. */
export async function tellOrganization(
  context: Context,
  trx: Trx,
  deviceId: string,
  now: Date,
): Promise<void> {
  const command = settings([organizationInfo(await organizationName(context, trx))]);
  await queueCommands(trx, [{ deviceId, command, priority }], now);
}

/** What people read on a device: the organization as Apple knows it, or the name of this server before there is a token. */
export async function organizationName(
  { config }: Pick<Context, 'config'>,
  db: Database,
): Promise<string> {
  const token = await db
    .selectFrom('library.token')
    .select('organizationName')
    .orderBy('createdAt')
    .limit(1)
    .executeTakeFirst();
  return token?.organizationName ?? config.publicUrl.hostname;
}
