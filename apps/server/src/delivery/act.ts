import { managedApplicationList, removeApplication } from '@allotment/device-management';
import type { ResolvedSettings } from '@allotment/licensing';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { cancelUnsent, queueCommands, queueUnlessWaiting, wantPush } from '../devices/index.ts';
import { readAppSettings } from './app-settings.ts';
import { doubtLicenses } from './doubt.ts';
import { eventsOf, type Happenings, keyOf } from './events.ts';
import { setFlags } from './flags.ts';
import { installCommand, nothingTold, type TaskCommand } from './install-command.ts';
import { readOptional } from './optional.ts';
import { readSituations, type Situation } from './situation.ts';
import { setUpChanged } from './setup.ts';
import { step } from './state.ts';
import { type Decided, storeTasks } from './store.ts';
import type { Circumstances, Step, TaskAct } from './task.ts';
import { isUpdating } from './update.ts';
import { readVersions, type VersionNews } from './versions.ts';

/** After the installs of a device, so that one question covers them all. */
const askPriority = -10;

/** Works out what happened for every app and device it touches, stores it, and tells the devices. */
export async function actOn(context: Context, trx: Trx, happenings: Happenings): Promise<void> {
  const now = context.clock.now();
  const situations = await readSituations(trx, happenings.scope);
  const versions = await readVersions(trx, situations, happenings.again, now);
  const optional = await readOptional(trx, situations);
  const all = situations.map((situation) => {
    const key = keyOf(situation);
    const { takesOver, kiosk } = situation;
    const circumstances = { optional: optional.has(key), takesOver, kiosk };
    return decide(situation, happenings, versions.get(key), circumstances, now);
  });
  await carryOut(trx, all.filter(hasChanged), now);
  await setUpChanged(trx, all, now);
  await setFlags(trx, all, versions, now);
}

async function carryOut(trx: Trx, decided: readonly Decided[], now: Date): Promise<void> {
  if (decided.length === 0) return;
  await cancelUnsent(trx, decided.flatMap(abandonedCommand), now);
  await doubtLicenses(trx, decided, now);
  const commanded = await queueTasks(trx, decided, now);
  await storeTasks(trx, commanded, now);
  const asked = devicesOf(decided, 'ask');
  await queueUnlessWaiting(trx, asked, managedApplicationList(), now, { priority: askPriority });
  const told = [...devicesOf(decided, 'install'), ...devicesOf(decided, 'remove')];
  await wantPush(trx, [...new Set([...asked, ...told])].sort(), now);
  await hint(trx, 'status', 'apps', 'devices');
}

function decide(
  situation: Situation,
  happenings: Happenings,
  news: VersionNews | undefined,
  circumstances: Circumstances,
  now: Date,
): Decided {
  let current: Step = { task: situation.task, act: { kind: 'none' } };
  const versions = news === undefined ? [] : [{ kind: 'outdated', ...news } as const];
  for (const event of [...eventsOf(situation, happenings), ...versions]) {
    const next = step(current.task, event, now, circumstances);
    current = { task: next.task, act: next.act.kind === 'none' ? current.act : next.act };
  }
  // What a later event has overtaken is not done: an app reported as installed is not installed once more.
  const { task, act } = current;
  const overtaken =
    act.kind === 'install' &&
    !(task !== undefined && (task.state === 'commanded' || isUpdating(task)));
  return {
    situation,
    task,
    act: overtaken ? { kind: 'none' } : act,
    commandId: situation.commandId,
    told: nothingTold,
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
  const settings = await readAppSettings(
    trx,
    decided.flatMap(({ act, situation: { deviceId, wanted } }) =>
      act.kind === 'install' && wanted?.appId ? [{ deviceId, appId: wanted.appId }] : [],
    ),
  );
  const told = decided.flatMap((one) => {
    const command = commandFor(one, settings);
    return command === undefined ? [] : [{ one, command }];
  });
  const queued = await queueCommands(
    trx,
    told.map(({ command }) => command),
    now,
  );
  const commands = new Map(
    told.map(({ one, command }, index) => [
      one,
      { commandId: queued[index]?.id ?? null, told: command.told },
    ]),
  );
  return decided.map((one) => ({ ...one, ...commands.get(one) }));
}

function commandFor(
  { situation, act }: Decided,
  settings: ReadonlyMap<string, ResolvedSettings>,
): TaskCommand | undefined {
  const { deviceId, bundleId } = situation;
  if (act.kind === 'remove')
    return {
      deviceId,
      command: removeApplication(bundleId),
      purpose: { deviceId, bundleId },
      told: nothingTold,
    };
  return act.kind === 'install' ? installCommand(situation, settings, act.takeOver) : undefined;
}

function devicesOf(decided: readonly Decided[], kind: TaskAct['kind']): string[] {
  const devices = decided
    .filter(({ act }) => act.kind === kind)
    .map(({ situation }) => situation.deviceId);
  return [...new Set(devices)].sort();
}
