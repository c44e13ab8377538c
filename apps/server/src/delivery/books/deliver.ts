import { installMedia, managedMediaList } from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Trx } from '../../db/connect.ts';
import { hint } from '../../db/hints.ts';
import { cancelUnsent, queueCommands, queueUnlessWaiting, wantPush } from '../../devices/index.ts';
import { answerOf, type EndedCommand, type Happenings } from '../events.ts';
import { type BookKey, type BookSituation, readBookSituations } from './situation.ts';
import { type BookEvent, type BookState, type BookStep, bookStep } from './state.ts';

/** After the books of a device, so that one question covers them all. */
const askPriority = -10;
const dueAtOnce = 2_000;

interface Decided {
  readonly situation: BookSituation;
  readonly book: BookState | undefined;
  readonly act: BookStep['act'];
  readonly commandId: string | null;
}

/** Sends books to the devices of those who have the licenses, and follows up until they are there. */
export async function deliverBooks(
  context: Context,
  trx: Trx,
  happenings: Happenings,
): Promise<void> {
  const ended = [...happenings.ended.values()].flat();
  const listed = ended.filter(({ requestType }) => requestType === 'ManagedMediaList');
  await actOnBooks(context, trx, happenings, {
    deviceIds: [...happenings.scope.deviceIds, ...listed.map(({ deviceId }) => deviceId)],
    keys: ended.flatMap(({ requestType, deviceId, assetId }) =>
      requestType === 'InstallMedia' && assetId !== undefined ? [{ deviceId, assetId }] : [],
    ),
    pairs: happenings.scope.pairs,
  });
}

/** Whether the time of any book has come: most often none, which costs no transaction. */
export async function anyBookDue({ db, clock }: Context): Promise<boolean> {
  const row = await db
    .selectFrom('delivery.book')
    .select('assetId')
    .where('nextAt', '<=', clock.now())
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** @returns whether there may be more books whose time has come */
export async function deliverDueBooks(
  context: Context,
  trx: Trx,
  nothing: Happenings,
): Promise<boolean> {
  const keys = await trx
    .selectFrom('delivery.book')
    .select(['deviceId', 'assetId'])
    .where('nextAt', '<=', context.clock.now())
    .orderBy('nextAt')
    .limit(dueAtOnce)
    .execute();
  if (keys.length === 0) return false;
  const due = new Set(keys.map(bookKeyOf));
  await actOnBooks(context, trx, { ...nothing, due }, { deviceIds: [], keys, pairs: [] });
  return keys.length === dueAtOnce;
}

const bookKeyOf = ({ deviceId, assetId }: BookKey): string => `${deviceId}\t${assetId}`;

async function actOnBooks(
  context: Context,
  trx: Trx,
  happenings: Happenings,
  scope: Parameters<typeof readBookSituations>[1],
): Promise<void> {
  if (scope.deviceIds.length + scope.keys.length + scope.pairs.length === 0) return;
  const now = context.clock.now();
  const decided = (await readBookSituations(trx, scope))
    .map((situation) => decide(situation, happenings, now))
    .filter(({ situation, book, act }) => book !== situation.book || act !== 'none');
  if (decided.length === 0) return;
  await cancelUnsent(trx, decided.flatMap(abandonedCommand), now);
  await store(trx, await queueBooks(trx, decided, now), now);
  const asked = devicesOf(decided, 'ask');
  await queueUnlessWaiting(trx, asked, managedMediaList(), now, { priority: askPriority });
  const told = [...new Set([...asked, ...devicesOf(decided, 'send')])].sort();
  await wantPush(trx, told, now);
  await hint(trx, 'status', 'apps', 'devices');
}

function decide(situation: BookSituation, happenings: Happenings, now: Date): Decided {
  let book = situation.book;
  let act: BookStep['act'] = 'none';
  for (const event of eventsOf(situation, happenings)) {
    const next = bookStep(book, event, now);
    book = next.book;
    if (next.act !== 'none') act = next.act;
  }
  const overtaken = act === 'send' && book?.state !== 'commanded';
  return { situation, book, act: overtaken ? 'none' : act, commandId: situation.commandId };
}

function eventsOf(situation: BookSituation, happenings: Happenings): readonly BookEvent[] {
  const { wanted, deviceId } = situation;
  if (wanted === undefined) return [{ kind: 'unlicensed' }];
  const enrolled = happenings.enrolled.has(deviceId);
  const ended = enrolled ? [] : (happenings.ended.get(deviceId) ?? []);
  return [
    ...(enrolled ? [{ kind: 'unlicensed' } as const] : []),
    { kind: 'licensed', obstacle: wanted.obstacle },
    ...ended.flatMap((command) => eventOf(command, situation, wanted)),
    ...(happenings.again.has(deviceId)
      ? [{ kind: 'again', asked: happenings.synced.has(deviceId) } as const]
      : []),
    ...(happenings.due.has(bookKeyOf(situation)) ? [{ kind: 'due' } as const] : []),
  ];
}

function eventOf(
  command: EndedCommand,
  situation: BookSituation,
  { adamId, obstacle }: NonNullable<BookSituation['wanted']>,
): readonly BookEvent[] {
  if (command.requestType === 'ManagedMediaList')
    // A device that did not tell is where it was, and is asked again.
    return command.state === 'acknowledged'
      ? [{ kind: 'listed', appleState: command.result.books?.[adamId] }]
      : [{ kind: 'listed', appleState: situation.book?.appleState ?? undefined }];
  if (command.id !== situation.commandId) return [];
  return command.state === 'canceled'
    ? [{ kind: 'canceled', obstacle }]
    : [{ kind: 'answered', answer: answerOf(command), last: situation.isMac }];
}

function abandonedCommand({ act, commandId }: Decided): string[] {
  return (act === 'send' || act === 'cancel') && commandId !== null ? [commandId] : [];
}

function devicesOf(decided: readonly Decided[], act: BookStep['act']): string[] {
  return [
    ...new Set(decided.filter((one) => one.act === act).map((one) => one.situation.deviceId)),
  ].sort();
}

async function queueBooks(
  trx: Trx,
  decided: readonly Decided[],
  now: Date,
): Promise<readonly Decided[]> {
  const sent = decided.filter(({ act }) => act === 'send');
  const queued = await queueCommands(
    trx,
    sent.flatMap(({ situation: { deviceId, assetId, isMac, wanted } }) =>
      wanted === undefined
        ? []
        : [
            {
              deviceId,
              channel: isMac ? ('user' as const) : undefined,
              command: installMedia(wanted.adamId),
              purpose: { assetId, holderId: wanted.holderId },
            },
          ],
    ),
    now,
  );
  const ids = new Map(sent.map((one, index) => [one, queued[index]?.id ?? null]));
  return decided.map((one) => ({ ...one, commandId: ids.get(one) ?? one.commandId }));
}

async function store(trx: Trx, decided: readonly Decided[], now: Date): Promise<void> {
  const gone = decided.filter(({ book }) => book === undefined).map(({ situation }) => situation);
  if (gone.length > 0)
    await sql`delete from delivery.book b
      using unnest(${gone.map((one) => one.deviceId)}::uuid[], ${gone.map((one) => one.assetId)}::int[]) g (device_id, asset_id)
      where b.device_id = g.device_id and b.asset_id = g.asset_id`.execute(trx);
  const rows = decided.flatMap(({ situation, book, commandId }) => {
    const holderId = situation.wanted?.holderId ?? situation.holderId;
    const { deviceId, assetId } = situation;
    return book === undefined || holderId === undefined
      ? []
      : [{ ...book, deviceId, assetId, holderId, commandId }];
  });
  if (rows.length === 0) return;
  await sql`insert into delivery.book (device_id, asset_id, holder_id, state, apple_state, reason, error_code,
      error_detail, attempts, asks, next_at, command_id, changed_at)
    select r.*, ${now} from unnest(
      ${rows.map((row) => row.deviceId)}::uuid[], ${rows.map((row) => row.assetId)}::int[],
      ${rows.map((row) => row.holderId)}::int[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => row.appleState)}::text[], ${rows.map((row) => row.reason)}::text[],
      ${rows.map((row) => row.errorCode)}::int[],
      ${rows.map((row) => row.errorDetail && JSON.stringify(row.errorDetail))}::jsonb[],
      ${rows.map((row) => row.attempts)}::int[], ${rows.map((row) => row.asks)}::int[],
      ${rows.map((row) => row.nextAt)}::timestamptz[], ${rows.map((row) => row.commandId)}::uuid[]) r
    on conflict (device_id, asset_id) do update set
      holder_id = excluded.holder_id, state = excluded.state, apple_state = excluded.apple_state,
      reason = excluded.reason, error_code = excluded.error_code, error_detail = excluded.error_detail,
      attempts = excluded.attempts, asks = excluded.asks, next_at = excluded.next_at,
      command_id = excluded.command_id, changed_at = excluded.changed_at`.execute(trx);
}
