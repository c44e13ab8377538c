import type { Trx } from '../db/connect.ts';
import type { Note } from '../db/notes.ts';
import type { Key, Pair, Scope, Situation } from './situation.ts';
import type { TaskEvent } from './task.ts';
import type { Answer } from './verdict.ts';

/** What became of one command. */
interface EndedCommand {
  readonly id: string;
  readonly deviceId: string;
  readonly requestType: string;
  readonly state: string;
  /** The app of an install. */
  readonly bundleId: string | undefined;
  readonly result: EndedResult;
}

interface EndedResult {
  readonly status?: string;
  readonly state?: string;
  readonly rejectionReason?: string;
  readonly errorChain?: Answer['errorChain'];
  /** Of ManagedApplicationList: state by bundle identifier. */
  readonly managed?: Readonly<Record<string, string>>;
}

/** What happened since the last look, in the words of the notes. */
export interface Happenings {
  readonly scope: Scope;
  /** Devices that enrolled anew. */
  readonly enrolled: ReadonlySet<string>;
  /** By device, in the order they ended. */
  readonly ended: ReadonlyMap<string, readonly EndedCommand[]>;
  /** Keys whose time has come, as `keyOf` writes them. */
  readonly due: ReadonlySet<string>;
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
  return {
    enrolled: new Set(enrolled),
    ended: Map.groupBy(ended, (command) => command.deviceId),
    due: new Set(),
    scope: {
      deviceIds: [
        ...new Set([...enrolled, ...keys('unenrolled'), ...keys('device')]),
        ...ended
          .filter((command) => command.bundleId === undefined)
          .map((command) => command.deviceId),
      ],
      keys: ended.flatMap(({ deviceId, bundleId }) =>
        bundleId === undefined ? [] : [{ deviceId, bundleId }],
      ),
      pairs: keys('license').flatMap(pairOf),
    },
  };
}

function pairOf(key: string): Pair[] {
  const [assetId, holderId] = key.split(':').map(Number);
  return assetId === undefined || holderId === undefined ? [] : [{ assetId, holderId }];
}

/** Only installs and lists of managed apps mean something here. */
async function readEnded(trx: Trx, ids: readonly string[]): Promise<readonly EndedCommand[]> {
  if (ids.length === 0) return [];
  const rows = await trx
    .selectFrom('devices.command')
    .select(['id', 'deviceId', 'requestType', 'state', 'purpose', 'result'])
    .where('id', 'in', ids)
    .where('requestType', 'in', ['InstallApplication', 'ManagedApplicationList'])
    .where('state', 'in', ['acknowledged', 'failed', 'canceled'])
    .orderBy('answeredAt')
    .orderBy('position')
    .execute();
  return rows.map(({ purpose, result, ...row }) => ({
    ...row,
    bundleId: (purpose as { bundleId?: string }).bundleId,
    result: (result ?? {}) as EndedResult,
  }));
}

/** What happened to one app on one device, in order. */
export function eventsOf(situation: Situation, happenings: Happenings): readonly TaskEvent[] {
  if (situation.wanted === undefined)
    return situation.task === undefined ? [] : [{ kind: 'unlicensed' }];
  const known = { managed: situation.managed, bundleKnown: situation.wanted.bundleKnown };
  // What the device told before a task begins is in `managed` already.
  if (happenings.enrolled.has(situation.deviceId)) return [{ kind: 'enrolled', ...known }];
  if (situation.task === undefined) return [{ kind: 'licensed', ...known }];
  const ended = (happenings.ended.get(situation.deviceId) ?? []).flatMap((command) =>
    eventOf(command, situation),
  );
  const due: readonly TaskEvent[] = happenings.due.has(keyOf(situation)) ? [{ kind: 'due' }] : [];
  return [{ kind: 'licensed', ...known }, ...ended, ...due];
}

function eventOf(command: EndedCommand, situation: Situation): readonly TaskEvent[] {
  if (command.requestType === 'ManagedApplicationList') {
    if (command.state !== 'acknowledged') return [{ kind: 'askFailed' }];
    return [{ kind: 'reported', appleState: command.result.managed?.[situation.bundleId] }];
  }
  if (command.id !== situation.commandId) return [];
  if (command.state === 'canceled') return [{ kind: 'canceled' }];
  const { status, state, rejectionReason, errorChain } = command.result;
  return [
    {
      kind: 'answered',
      answer: {
        status: status ?? null,
        appleState: state ?? null,
        rejectionReason: rejectionReason ?? null,
        errorChain: errorChain ?? [],
      },
    },
  ];
}
