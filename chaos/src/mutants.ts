import { registerHooks } from 'node:module';

/** A piece of the server's source, and what it is broken to. */
interface Edit {
  /** Below apps/server/src. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly piece: string;
  readonly broken: string;
}

/** The server without one of the laws it lives by. A judge that lets one pass is no judge. */
export const mutants: Readonly<Record<string, readonly Edit[]>> = {
  /** Decisions do not lock the assets' rows (Law 5). */
  dropAssetLock: [
    {
      file: 'grants/stock.ts',
      piece: 'order by asset_id for update`',
      broken: 'order by asset_id`',
    },
  ],
  /** Free is what Apple's counts show, not what no row wants yet (Law 4). */
  trustCount: [
    {
      file: 'grants/line.ts',
      piece: 's.total - s.foreign_held - s.taken',
      broken:
        '(select a.total - count(l.holder_id)::int from library.asset a left join library.license l on l.asset_id = a.id and l.present where a.id = s.asset_id group by a.id)',
    },
  ],
  /** After a lost answer the request is simply sent again (Law 3). */
  resendBlindly: [
    {
      file: 'associations/send.ts',
      piece: 'await leaveUnknown(context, request, error);',
      broken: `const sentAgainAt = context.clock.now();
      await context.db.transaction().execute(async (trx) =>
        giveBack(trx, request, 'abandoned', sentAgainAt, [sentAgainAt], { message: 'sent again' }));`,
    },
  ],
  /** What Apple says of a request settles the pair, whatever is open for it by now. */
  settleTwice: [
    {
      file: 'grants/settle.ts',
      piece: ' and c.request_id is not distinct from said.request_id',
      broken: '',
    },
  ],
  /** Who once held the lease of a location goes on sending (Law 5). */
  ignoreEpoch: [
    {
      file: 'associations/requests.ts',
      piece: `.where('state', '=', 'planned')
    .where('epoch', '=', lease.epoch)
    .where(leaseHolds(lease))`,
      broken: '',
    },
  ],
  /** An install that waits for its device is handed out whatever became of its license. */
  installUnchecked: [
    {
      file: 'delivery/guard.ts',
      piece: 'or ${isInstallable(said.assetId, said.holderId)} and not ${isOtherAccount})`,',
      broken: 'or true)`,',
    },
    {
      file: 'delivery/left.ts',
      piece: 'return task.appleState === null ? over : { ...over, task: followed(task, now) };',
      broken: 'return { task, act: none };',
    },
  ],
};

/** @throws Error for a name that is not in the list */
export function mutantNamed(name: string): readonly Edit[] {
  const edits = mutants[name];
  if (edits === undefined) {
    throw new Error(
      `There is no mutant ${name}: choose one of ${Object.keys(mutants).join(', ')}.`,
    );
  }
  return edits;
}

/** The source with the piece broken. @throws Error unless the piece occurs exactly once */
export function applyEdit({ file, piece, broken }: Edit, source: string): string {
  const parts = source.split(piece);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times instead of once: ${piece}`);
  }
  return parts.join(broken);
}

const decoder = new TextDecoder();

/** Breaks the server that is loaded from now on, in this process. */
export function breakSource(name: string): void {
  const edits = new Map(
    mutantNamed(name).map((edit) => [
      new URL(`../../apps/server/src/${edit.file}`, import.meta.url).href,
      edit,
    ]),
  );
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const edit = edits.get(url);
      if (edit === undefined) return loaded;
      const source =
        typeof loaded.source === 'string' ? loaded.source : decoder.decode(loaded.source);
      return { ...loaded, source: applyEdit(edit, source) };
    },
  });
}
