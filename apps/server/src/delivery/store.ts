import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { SaidOfApp } from './install-command.ts';
import type { Situation } from './situation.ts';
import type { TaskAct, TaskState } from './task.ts';

/** What was decided about one app on one device. */
export interface Decided {
  readonly situation: Situation;
  readonly task: TaskState | undefined;
  readonly act: TaskAct;
  /** The command the task waits for. */
  readonly commandId: string | null;
  /** What an install says of the app besides. */
  readonly told: SaidOfApp;
}

/** Writes the tasks down; those that are over go. */
export async function storeTasks(trx: Trx, decided: readonly Decided[], now: Date): Promise<void> {
  await forget(trx, decided);
  await store(trx, decided, now);
}

async function forget(trx: Trx, decided: readonly Decided[]): Promise<void> {
  const gone = decided.filter(({ task }) => task === undefined).map(({ situation }) => situation);
  if (gone.length === 0) return;
  await sql`delete from delivery.task t
    using unnest(${gone.map((one) => one.deviceId)}::uuid[], ${gone.map((one) => one.bundleId)}::text[]) g (device_id, bundle_id)
    where t.device_id = g.device_id and t.bundle_id = g.bundle_id`.execute(trx);
}

/** By which license a task goes: the one wanted now, or the one it went by. */
function licenseOf(situation: Situation) {
  const { wanted, taskAssetId, taskHolderId, taskAppId } = situation;
  if (wanted !== undefined) return wanted;
  if (taskAssetId === undefined || taskHolderId === undefined) return undefined;
  return { assetId: taskAssetId, holderId: taskHolderId, appId: taskAppId ?? null };
}

async function store(trx: Trx, decided: readonly Decided[], now: Date): Promise<void> {
  const rows = decided.flatMap(({ situation, task, act, commandId, told }) => {
    const license = licenseOf(situation);
    const { deviceId, bundleId } = situation;
    return task === undefined || license === undefined
      ? []
      : [
          {
            ...license,
            ...task,
            deviceId,
            bundleId,
            commandId,
            told,
            commanded: act.kind === 'install',
          },
        ];
  });
  if (rows.length === 0) return;
  await sql`insert into delivery.task (device_id, bundle_id, asset_id, holder_id, app_id, state, apple_state, reason,
      error_code, error_detail, attempts, asks, next_at, command_id, update_version, update_tries, update_at,
      removals, removed_at, commanded_at, settings_told, settings_told_at, flags_told, changed_at)
    select r.device_id, r.bundle_id, r.asset_id, r.holder_id, r.app_id, r.state, r.apple_state, r.reason,
      r.error_code, r.error_detail, r.attempts, r.asks, r.next_at, r.command_id, r.update_version, r.update_tries, r.update_at,
      r.removals, r.removed_at,
      case when r.commanded then ${now}::timestamptz end, r.settings, case when r.commanded then ${now}::timestamptz end, r.flags, ${now}
    from unnest(
      ${rows.map((row) => row.deviceId)}::uuid[], ${rows.map((row) => row.bundleId)}::text[],
      ${rows.map((row) => row.assetId)}::int[], ${rows.map((row) => row.holderId)}::int[],
      ${rows.map((row) => row.appId)}::uuid[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => row.appleState)}::text[], ${rows.map((row) => row.reason)}::text[],
      ${rows.map((row) => row.errorCode)}::int[],
      ${rows.map((row) => row.errorDetail && JSON.stringify(row.errorDetail))}::jsonb[],
      ${rows.map((row) => row.attempts)}::int[], ${rows.map((row) => row.asks)}::int[],
      ${rows.map((row) => row.nextAt)}::timestamptz[], ${rows.map((row) => row.commandId)}::uuid[],
      ${rows.map((row) => row.update?.version ?? null)}::bigint[],
      ${rows.map((row) => row.update?.tries ?? null)}::smallint[],
      ${rows.map((row) => row.update?.at ?? null)}::timestamptz[],
      ${rows.map((row) => row.removals?.count ?? null)}::smallint[],
      ${rows.map((row) => row.removals?.at ?? null)}::timestamptz[],
      ${rows.map((row) => row.told.settings)}::text[], ${rows.map((row) => row.told.flags)}::smallint[], ${rows.map((row) => row.commanded)}::bool[]
    ) r (device_id, bundle_id, asset_id, holder_id, app_id, state, apple_state, reason, error_code, error_detail,
      attempts, asks, next_at, command_id, update_version, update_tries, update_at, removals, removed_at,
      settings, flags, commanded)
    on conflict (device_id, bundle_id) do update set
      asset_id = excluded.asset_id, holder_id = excluded.holder_id, app_id = excluded.app_id, state = excluded.state,
      apple_state = excluded.apple_state, reason = excluded.reason, error_code = excluded.error_code,
      error_detail = excluded.error_detail, attempts = excluded.attempts, asks = excluded.asks,
      next_at = excluded.next_at, command_id = excluded.command_id, update_version = excluded.update_version,
      update_tries = excluded.update_tries, update_at = excluded.update_at,
      removals = excluded.removals, removed_at = excluded.removed_at,
      settings_told = case when excluded.commanded_at is null then task.settings_told else excluded.settings_told end,
      flags_told = coalesce(excluded.flags_told, task.flags_told),
      settings_told_at = coalesce(excluded.settings_told_at, task.settings_told_at),
      commanded_at = coalesce(excluded.commanded_at, task.commanded_at), changed_at = excluded.changed_at`.execute(
    trx,
  );
}
