import type { ResolvedSettings } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { leaveNotes } from '../db/notes.ts';
import { setUpApps } from '../devices/index.ts';
import {
  type InstallOptions,
  installOptions,
  readAppSettings,
  saysMore,
  settingsDigest,
  settingsKey,
} from './app-settings.ts';
import type { ReasonCode } from './reasons.ts';
import type { Key, Situation } from './situation.ts';
import type { Decided } from './store.ts';

/**
 * What assignments say of an app on the device, its configuration and its attributes, kept up to date where the app is
 * installed already (behavior L37). Its flags of management are another matter: see `flags.ts`.
 */

/** A device that did not take what it was told is told again, once a day. */
const againMs = 24 * 60 * 60_000;

/** Apps on devices looked at together: a fleet is worked off in portions. */
const atOnce = 2_000;

interface Known extends Key {
  readonly appId: string;
  readonly told: string | null;
  readonly toldAt: Date | null;
  readonly taken: string | null;
  readonly family: string | null;
}

/** Tells the devices that have an app what is said of it by now, where they were told otherwise. */
export async function setUpChanged(
  trx: Trx,
  decided: readonly Decided[],
  now: Date,
): Promise<void> {
  const installed = decided
    .filter(({ task, act }) => task?.state === 'installed' && act.kind !== 'install')
    .map(({ situation }) => situation);
  const known = await readKnown(trx, installed);
  if (known.length === 0) return;
  const settings = await readAppSettings(trx, known);
  const changed = known
    .map((app) => ({ ...app, ...setupOf(app.family, settings.get(settingsKey(app))) }))
    .filter((app) => isToBeTold(app, now));
  if (changed.length === 0) return;
  await setUpApps(
    trx,
    changed.map(({ deviceId, bundleId, attributes, configuration, digest }) => ({
      deviceId,
      bundleId,
      attributes,
      configuration,
      purpose: { settings: digest },
    })),
    now,
  );
  await sql`update delivery.task t set settings_told = c.digest, settings_told_at = ${now}
    from unnest(
      ${changed.map((one) => one.deviceId)}::uuid[], ${changed.map((one) => one.bundleId)}::text[],
      ${changed.map((one) => one.digest)}::text[]) c (device_id, bundle_id, digest)
    where t.device_id = c.device_id and t.bundle_id = c.bundle_id`.execute(trx);
}

function setupOf(family: string | null, settings: ResolvedSettings | undefined) {
  const options: InstallOptions = settings === undefined ? {} : installOptions(settings, family);
  const { attributes, configuration } = options;
  return { attributes, configuration, digest: settingsDigest(options) };
}

function isToBeTold(
  { told, toldAt, taken, digest }: Known & { readonly digest: string | null },
  now: Date,
): boolean {
  if (told !== digest) return true;
  return taken !== digest && toldAt !== null && now.getTime() - toldAt.getTime() >= againMs;
}

/**
 * SQL: device_id, bundle_id and app_id of those that an assignment wants. What is kept though none does, or one merely
 * offers it now, is left as it is.
 */
export const assigned = (installed: readonly Situation[]) => sql`(
  select s.device_id, s.bundle_id, s.app_id
  from unnest(
    ${installed.map((one) => one.deviceId)}::uuid[], ${installed.map((one) => one.bundleId)}::text[],
    ${installed.map((one) => one.wanted?.appId)}::uuid[], ${installed.map((one) => one.wanted?.assetId)}::int[],
    ${installed.map((one) => one.wanted?.holderId)}::int[]
  ) s (device_id, bundle_id, app_id, asset_id, holder_id)
  join grants.demand d on d.asset_id = s.asset_id and d.holder_id = s.holder_id and not d.kept and d.ends_at is null
    and not exists (select from grants.placement p
      where p.asset_id = s.asset_id and p.device_id = s.device_id and p.holder_id = s.holder_id and p.kept)
  where s.app_id is not null)`;

/** Only apps of which something is said, or was. */
async function readKnown(trx: Trx, installed: readonly Situation[]): Promise<readonly Known[]> {
  if (installed.length === 0) return [];
  const { rows } = await sql<Known>`
    select t.device_id, t.bundle_id, s.app_id, t.settings_told as told, t.settings_told_at as told_at, t.settings_taken as taken, dev.family
    from ${assigned(installed)} s
    join devices.device dev on dev.id = s.device_id
    join delivery.task t on t.device_id = s.device_id and t.bundle_id = s.bundle_id
    where (t.settings_told is not null or t.settings_taken is not null or ${saysMore('s.app_id')})`.execute(
    trx,
  );
  return rows;
}

/** SQL: the answer to a command `c` says of something it was to set that it was not. */
const refusedItem = sql`(
  select one from jsonb_array_elements(c.result -> 'settings') one where one ->> 'status' <> 'Acknowledged' limit 1)`;

/** Stores what devices took, with an install or by itself, of the commands that ended. */
export async function noteTaken(trx: Trx, commandIds: readonly string[]): Promise<void> {
  if (commandIds.length === 0) return;
  await sql`update delivery.task t set settings_taken = last.settings
    from (
      select distinct on (c.device_id, c.purpose ->> 'bundleId')
        c.device_id, c.purpose ->> 'bundleId' as bundle_id, c.purpose ->> 'settings' as settings
      from devices.command c
      where c.id = any(${commandIds}::uuid[]) and c.state = 'acknowledged'
        and c.request_type in ('InstallApplication', 'Settings') and c.result ->> 'rejectionReason' is null
        and ${refusedItem} is null
      order by c.device_id, c.purpose ->> 'bundleId', c.answered_at desc, c.position desc) last
    where t.device_id = last.device_id and t.bundle_id = last.bundle_id
      and t.settings_taken is distinct from last.settings`.execute(trx);
}

/** Says of installed apps, of which nothing else is said, that the device did not take what it was told of them (Law 9). */
export async function noteRefused(
  trx: Trx,
  commandIds: readonly string[],
  now: Date,
): Promise<void> {
  if (commandIds.length === 0) return;
  const reason: ReasonCode = 'settingsRefused';
  await sql`update delivery.task t set reason = ${reason}, changed_at = ${now},
      error_detail = jsonb_build_object(
        'status', c.result -> 'status', 'errorChain', coalesce(${refusedItem} -> 'errorChain', c.result -> 'errorChain', '[]'))
    from devices.command c
    where c.id = any(${commandIds}::uuid[]) and c.request_type = 'Settings'
      and (c.state = 'failed' or (c.state = 'acknowledged' and ${refusedItem} is not null))
      and t.device_id = c.device_id and t.bundle_id = c.purpose ->> 'bundleId' and t.state = 'installed' and t.reason is null`.execute(
    trx,
  );
}

/** A device that enrolled anew knows nothing of what it was told before. */
export async function forgetTold(trx: Trx, deviceIds: ReadonlySet<string>): Promise<void> {
  if (deviceIds.size === 0) return;
  await sql`update delivery.task set settings_told = null, settings_told_at = null, settings_taken = null, flags_told = null
    where device_id = any(${[...deviceIds]}::uuid[]) and num_nonnulls(settings_told_at, settings_taken, flags_told) > 0`.execute(
    trx,
  );
}

/**
 * Where apps are installed whose assignments were saved, or stay away because nothing required them: of the notes `app`,
 * or `app:holder` for those of later holders. What is more than a portion is left to another note.
 */
export async function whereSaved(
  trx: Trx,
  noteKeys: readonly string[],
  portion = atOnce,
): Promise<readonly Key[]> {
  if (noteKeys.length === 0) return [];
  const begun = noteKeys.map((key) => {
    const [appId = '', after = '0'] = key.split(':');
    return { appId, after: Number(after) };
  });
  const { rows } = await sql<Key & { appId: string; holderId: number }>`
    select t.device_id, t.bundle_id, t.holder_id, app.id::text as app_id
    from unnest(${begun.map(({ appId }) => appId)}::uuid[], ${begun.map(({ after }) => after)}::int[]) asked (app_id, after)
    join library.app on app.id = asked.app_id
    join delivery.task t on t.asset_id = app.asset_id and t.holder_id > asked.after
    where case t.state when 'installed' then
        t.settings_told is not null or t.settings_taken is not null or t.flags_told > 0 or ${saysMore('app.id')}
      else t.reason = 'optionalRemoved' end
    order by app.id::text, t.holder_id
    fetch first ${portion} rows with ties`.execute(trx);
  const last = rows.length < portion ? undefined : rows.at(-1);
  if (last !== undefined)
    await leaveNotes(
      trx,
      'delivery',
      begun
        .filter(({ appId }) => appId >= last.appId)
        .map(({ appId, after }) => ({
          kind: 'settings',
          key: `${appId}:${appId === last.appId ? last.holderId : after}`,
        })),
    );
  return rows;
}
