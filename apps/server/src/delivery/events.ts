import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { Note } from '../db/notes.ts';
import { whereSaved } from './setup.ts';
import type { Key, Pair, Scope, Situation } from './situation.ts';
import type { TaskEvent } from './task.ts';
import type { Answer } from './verdict.ts';

/** What became of one command. */
export interface EndedCommand {
  readonly id: string;
  readonly deviceId: string;
  readonly requestType: string;
  readonly state: string;
  /** The app of an install. */
  readonly bundleId: string | undefined;
  /** The book that was sent. */
  readonly assetId: number | undefined;
  readonly result: EndedResult;
}

interface EndedResult {
  readonly status?: string;
  readonly state?: string;
  readonly rejectionReason?: string;
  readonly errorChain?: Answer['errorChain'];
  /** Of ManagedApplicationList: state by bundle identifier. */
  readonly managed?: Readonly<Record<string, string>>;
  /** Of ManagedMediaList: state by Adam ID. */
  readonly books?: Readonly<Record<string, string>>;
}

/** What happened since the last look, in the words of the notes. */
export interface Happenings {
  readonly scope: Scope;
  /** Devices that enrolled anew. */
  readonly enrolled: ReadonlySet<string>;
  /** By device, in the order they ended. */
  readonly ended: ReadonlyMap<string, readonly EndedCommand[]>;
  /** Devices on which what was given up is to be tried again. */
  readonly again: ReadonlySet<string>;
  /** Those of them that somebody synced; the others have a newer system. */
  readonly synced: ReadonlySet<string>;
  /** Keys whose time has come, as `keyOf` writes them. */
  readonly due: ReadonlySet<string>;
  /** Keys of apps that are to be removed, as `keyOf` writes them. */
  readonly remove: ReadonlySet<string>;
  /** Keys of apps that their person asked for. */
  readonly asked: ReadonlySet<string>;
}

export function keyOf({ deviceId, bundleId }: Key): string {
  return `${deviceId}\t${bundleId}`;
}

/** Reads what the notes are about. */
export async function readHappenings(trx: Trx, notes: readonly Note[]): Promise<Happenings> {
  const keys = (kind: string): string[] => [
    ...new Set(notes.filter((note) => note.kind === kind).map((note) => note.key)),
  ];
  const ended = await readEnded(trx, keys('command'));
  const enrolled = keys('enrolled');
  const synced = keys('again');
  const again = [...synced, ...keys('newSystem')];
  const remove = await readRemovals(trx, keys('remove'));
  const asked = await readAsked(trx, keys('asked'));
  const setUp = await whereSaved(trx, keys('settings'));
  return {
    enrolled: new Set(enrolled),
    ended: Map.groupBy(ended, (command) => command.deviceId),
    again: new Set(again),
    synced: new Set(synced),
    due: new Set(),
    remove: new Set(remove.map(keyOf)),
    asked: new Set(asked.map(keyOf)),
    scope: {
      deviceIds: [
        ...new Set([...enrolled, ...again, ...keys('unenrolled'), ...keys('device')]),
        ...ended
          .filter((command) => command.requestType === 'ManagedApplicationList')
          .map((command) => command.deviceId),
      ],
      keys: [
        ...remove,
        ...asked,
        ...setUp,
        ...ended.flatMap(({ deviceId, bundleId }) =>
          bundleId === undefined ? [] : [{ deviceId, bundleId }],
        ),
      ],
      pairs: keys('license').flatMap(pairsOf),
    },
  };
}

/** Of `asset:holder,holder…`. */
function pairsOf(key: string): readonly Pair[] {
  const [assetId = '', holderIds = ''] = key.split(':');
  return holderIds
    .split(',')
    .map((holderId) => ({ assetId: Number(assetId), holderId: Number(holderId) }));
}

/** The tasks of apps to be removed, from `asset:device`: what this program did not install is not its to remove. */
async function readRemovals(trx: Trx, keys: readonly string[]): Promise<readonly Key[]> {
  if (keys.length === 0) return [];
  const pairs = keys.map((key) => key.split(':'));
  const { rows } = await sql<Key>`
    select t.device_id, t.bundle_id
    from unnest(${pairs.map(([assetId]) => Number(assetId))}::int[], ${pairs.map(([, deviceId]) => deviceId)}::uuid[]) p (asset_id, device_id)
    join library.asset a on a.id = p.asset_id
    join library.asset same on same.adam_id = a.adam_id
    join delivery.task t on t.asset_id = same.id and t.device_id = p.device_id`.execute(trx);
  return rows;
}

/** The tasks of apps that were asked for, from `app:device`. */
async function readAsked(trx: Trx, keys: readonly string[]): Promise<readonly Key[]> {
  if (keys.length === 0) return [];
  const pairs = keys.map((key) => key.split(':'));
  const { rows } = await sql<Key>`
    select t.device_id, t.bundle_id
    from unnest(${pairs.map(([appId]) => appId)}::uuid[], ${pairs.map(([, deviceId]) => deviceId)}::uuid[]) p (app_id, device_id)
    join library.app on app.id = p.app_id
    join delivery.task t on t.asset_id = app.asset_id and t.device_id = p.device_id`.execute(trx);
  return rows;
}

/** Only installs, removals and lists of what is managed mean something here. */
async function readEnded(trx: Trx, ids: readonly string[]): Promise<readonly EndedCommand[]> {
  if (ids.length === 0) return [];
  const rows = await trx
    .selectFrom('devices.command')
    .select(['id', 'deviceId', 'requestType', 'state', 'purpose', 'result'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .where('requestType', 'in', [
      'InstallApplication',
      'RemoveApplication',
      'ManagedApplicationList',
      'InstallMedia',
      'ManagedMediaList',
    ])
    .where('state', 'in', ['acknowledged', 'failed', 'canceled'])
    .orderBy('answeredAt')
    .orderBy('position')
    .execute();
  return rows.map(({ purpose, result, ...row }) => ({
    ...row,
    bundleId: (purpose as { bundleId?: string }).bundleId,
    assetId: (purpose as { assetId?: number }).assetId,
    result: (result ?? {}) as EndedResult,
  }));
}

/** What happened to one app on one device, in order. */
export function eventsOf(situation: Situation, happenings: Happenings): readonly TaskEvent[] {
  if (situation.wanted === undefined) return eventsWithoutLicense(situation, happenings);
  const known = { managed: situation.managed, obstacle: situation.wanted.obstacle };
  const { told } = situation;
  // What the device told before a task begins is in `managed` already.
  if (happenings.enrolled.has(situation.deviceId)) return [{ kind: 'enrolled', ...known }];
  if (situation.task === undefined) return [{ kind: 'licensed', ...known, told }];
  const ended = (happenings.ended.get(situation.deviceId) ?? []).flatMap((command) =>
    eventOf(command, situation),
  );
  const key = keyOf(situation);
  return [
    { kind: 'licensed', ...known, told },
    ...ended,
    ...(happenings.again.has(situation.deviceId) ? [{ kind: 'again' } as const] : []),
    ...(happenings.asked.has(key) ? [{ kind: 'asked' } as const] : []),
    ...(happenings.due.has(key) ? [{ kind: 'due' } as const] : []),
  ];
}

function eventsWithoutLicense(situation: Situation, happenings: Happenings): readonly TaskEvent[] {
  if (situation.task === undefined) return [];
  const ended = (happenings.ended.get(situation.deviceId) ?? []).flatMap((command) =>
    eventWithoutLicense(command, situation),
  );
  const { wished, task } = situation;
  const goes = happenings.remove.has(keyOf(situation));
  const stays = wished && (goes || task.state === 'removing');
  return [
    { kind: 'unlicensed', managed: situation.isManaged, told: situation.told },
    ...ended,
    ...(stays ? [{ kind: 'stay' } as const] : []),
    ...(!wished && (goes || task.reason === 'wantedElsewhere')
      ? [{ kind: 'remove' } as const]
      : []),
    ...(happenings.again.has(situation.deviceId) ? [{ kind: 'again' } as const] : []),
    ...(happenings.due.has(keyOf(situation)) ? [{ kind: 'due' } as const] : []),
  ];
}

function eventWithoutLicense(command: EndedCommand, situation: Situation): readonly TaskEvent[] {
  if (command.requestType === 'ManagedApplicationList') {
    return command.state === 'acknowledged'
      ? [{ kind: 'leftBehind', appleState: command.result.managed?.[situation.bundleId] }]
      : [];
  }
  if (command.id !== situation.commandId) return [];
  if (command.requestType === 'InstallApplication') return leftInstall(command);
  if (command.state === 'canceled') return situation.wished ? [] : [{ kind: 'canceled' }];
  return [
    { kind: 'removeAnswered', done: command.state === 'acknowledged', answer: answerOf(command) },
  ];
}

/** One that was not handed out has left nothing behind; the state says so by itself. */
function leftInstall(command: EndedCommand): readonly TaskEvent[] {
  return command.state === 'canceled' ? [] : [{ kind: 'leftAnswered', answer: answerOf(command) }];
}

export function answerOf({ result }: EndedCommand): Answer {
  return {
    status: result.status ?? null,
    appleState: result.state ?? null,
    rejectionReason: result.rejectionReason ?? null,
    errorChain: result.errorChain ?? [],
  };
}

function eventOf(command: EndedCommand, situation: Situation): readonly TaskEvent[] {
  if (command.requestType === 'ManagedApplicationList') {
    if (command.state !== 'acknowledged') return [{ kind: 'askFailed' }];
    return [{ kind: 'reported', appleState: command.result.managed?.[situation.bundleId] }];
  }
  if (command.id !== situation.commandId || command.requestType !== 'InstallApplication') return [];
  if (command.state === 'canceled') return [{ kind: 'canceled' }];
  return [{ kind: 'answered', answer: answerOf(command) }];
}
