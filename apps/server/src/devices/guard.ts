import type { Command } from '@allotment/device-management';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import type { WaitingCommand } from './turn.ts';

/** Asked when a command is handed out, by the room that knows what commands are for. Must not write. */
export interface Guard {
  /**
   * By request type: whether what a command is for still holds, an expression of SQL over a row of `devices.command`
   * that is called `command`. Commands of other types hold.
   */
  readonly holds: Readonly<Record<string, RawBuilder<boolean>>>;
  /**
   * By request type: commands that get something only when they are handed out. Undefined when there is nothing to
   * hand out any more.
   */
  readonly complete: Readonly<
    Record<
      string,
      (context: Context, trx: Trx, command: WaitingCommand) => Promise<Command | undefined>
    >
  >;
}

/** Whether what a command is for still holds, whatever its type. */
export function stillHolds({ holds }: Guard): RawBuilder<boolean> {
  const cases = Object.entries(holds).map(
    ([requestType, condition]) => sql`when ${sql.lit(requestType)} then ${condition}`,
  );
  return cases.length === 0
    ? sql`true`
    : sql`case command.request_type ${sql.join(cases, sql` `)} else true end`;
}
