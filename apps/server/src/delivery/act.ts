import {
  installApplication,
  managedApplicationList,
  removeApplication,
} from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import {
  cancelUnsent,
  type NewCommand,
  queueCommands,
  queueUnlessWaiting,
  wantPush,
} from '../devices/index.ts';
import { eventsOf, type Happenings } from './events.ts';
import { readSituations, type Situation } from './situation.ts';
import { step } from './state.ts';
import type { Step, TaskAct, TaskState } from './task.ts';

/** After the installs of a device, so that one question covers them all. */
const askPriority = -10;

interface Decided {
  readonly situation: Situation;
  readonly task: TaskState | undefined;
  readonly act: TaskAct;
  /** The install the task waits for. */
  readonly commandId: string | null;
}

/** Works out what happened for every app and device it touches, stores it, and tells the devices. */
export async function actOn(context: Context, trx: Trx, happenings: Happenings): Promise<void> {
  const now = context.clock.now();
  const situations = await readSituations(trx, happenings.scope);
  const decided = situations
    .map((situation) => decide(situation, happenings, now))
    .filter(hasChanged);
  if (decided.length === 0) return;
  await cancelUnsent(trx, decided.flatMap(abandonedCommand), now);
  const commanded = await queueTasks(trx, decided, now);
  await forget(trx, commanded);
  await store(trx, commanded, now);
  const asked = devicesOf(decided, 'ask');
  await queueUnlessWaiting(trx, asked, managedApplicationList(), now, askPriority);
  const told = [...devicesOf(decided, 'install'), ...devicesOf(decided, 'remove')];
  await wantPush(trx, [...new Set([...asked, ...told])].sort(), now);
  await hint(trx, 'status', 'apps', 'devices');
}

function decide(situation: Situation, happenings: Happenings, now: Date): Decided {
  let current: Step = { task: situation.task, act: { kind: 'none' } };
  for (const event of eventsOf(situation, happenings)) {
    const next = step(current.task, event, now);
    current = { task: next.task, act: next.act.kind === 'none' ? current.act : next.act };
  }
  // What a later event has overtaken is not done: an app reported as installed is not installed once more.
  const overtaken = current.act.kind === 'install' && current.task?.state !== 'commanded';
  return {
    situation,
    task: current.task,
    act: overtaken ? { kind: 'none' } : current.act,
    commandId: situation.commandId,
  };
}

function hasChanged({ situation, task, act }: Decided): boolean {
  const movedLicense =
    task !== undefined &&
    situation.wanted !== undefined &&
    situation.wanted.assetId !== situation.taskAssetId;
  return task !== situation.task || act.kind !== 'none' || movedLicense;
}

function abandonedCommand({ act, commandId }: Decided): string[] {
  return act.kind === 'none' || act.kind === 'ask' || commandId === null ? [] : [commandId];
}

async function queueTasks(
  trx: Trx,
  decided: readonly Decided[],
  now: Date,
): Promise<readonly Decided[]> {
  const told = decided.flatMap((one) => {
    const command = commandFor(one);
    return command === undefined ? [] : [{ one, command }];
  });
  const queued = await queueCommands(
    trx,
    told.map(({ command }) => command),
    now,
  );
  const commandIds = new Map(told.map(({ one }, index) => [one, queued[index]?.id ?? null]));
  return decided.map((one) => ({ ...one, commandId: commandIds.get(one) ?? one.commandId }));
}

function commandFor({ situation, act }: Decided): NewCommand | undefined {
  const { wanted, deviceId, bundleId, isMac } = situation;
  if (act.kind === 'remove')
    return { deviceId, command: removeApplication(bundleId), purpose: { deviceId, bundleId } };
  if (act.kind !== 'install' || wanted === undefined) return undefined;
  return {
    deviceId,
    command: installApplication({
      adamId: wanted.adamId,
      takeOver: act.takeOver,
      installAsManaged: isMac,
    }),
    purpose: { assetId: wanted.assetId, holderId: wanted.holderId, bundleId },
  };
}

function devicesOf(decided: readonly Decided[], kind: TaskAct['kind']): string[] {
  const devices = decided
    .filter(({ act }) => act.kind === kind)
    .map(({ situation }) => situation.deviceId);
  return [...new Set(devices)].sort();
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
  const rows = decided.flatMap(({ situation, task, act, commandId }) => {
    const license = licenseOf(situation);
    const { deviceId, bundleId } = situation;
    return task === undefined || license === undefined
      ? []
      : [{ ...license, ...task, deviceId, bundleId, commandId, commanded: act.kind === 'install' }];
  });
  if (rows.length === 0) return;
  await sql`insert into delivery.task (device_id, bundle_id, asset_id, holder_id, app_id, state, apple_state, reason,
      error_code, error_detail, attempts, asks, next_at, command_id, commanded_at, changed_at)
    select r.device_id, r.bundle_id, r.asset_id, r.holder_id, r.app_id, r.state, r.apple_state, r.reason,
      r.error_code, r.error_detail, r.attempts, r.asks, r.next_at, r.command_id,
      case when r.commanded then ${now}::timestamptz end, ${now}
    from unnest(
      ${rows.map((row) => row.deviceId)}::uuid[], ${rows.map((row) => row.bundleId)}::text[],
      ${rows.map((row) => row.assetId)}::int[], ${rows.map((row) => row.holderId)}::int[],
      ${rows.map((row) => row.appId)}::uuid[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => row.appleState)}::text[], ${rows.map((row) => row.reason)}::text[],
      ${rows.map((row) => row.errorCode)}::int[],
      ${rows.map((row) => row.errorDetail && JSON.stringify(row.errorDetail))}::jsonb[],
      ${rows.map((row) => row.attempts)}::int[], ${rows.map((row) => row.asks)}::int[],
      ${rows.map((row) => row.nextAt)}::timestamptz[], ${rows.map((row) => row.commandId)}::uuid[],
      ${rows.map((row) => row.commanded)}::bool[]
    ) r (device_id, bundle_id, asset_id, holder_id, app_id, state, apple_state, reason, error_code, error_detail,
      attempts, asks, next_at, command_id, commanded)
    on conflict (device_id, bundle_id) do update set
      asset_id = excluded.asset_id, holder_id = excluded.holder_id, app_id = excluded.app_id, state = excluded.state,
      apple_state = excluded.apple_state, reason = excluded.reason, error_code = excluded.error_code,
      error_detail = excluded.error_detail, attempts = excluded.attempts, asks = excluded.asks,
      next_at = excluded.next_at, command_id = excluded.command_id,
      commanded_at = coalesce(excluded.commanded_at, task.commanded_at), changed_at = excluded.changed_at`.execute(
    trx,
  );
}
