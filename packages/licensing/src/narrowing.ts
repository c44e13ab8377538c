import type { Rectangle } from './packing/types.ts';

/** What is known of a request that came of a refusal, or was refused itself. */
export interface Trial extends Rectangle {
  readonly id: number;
  readonly outcome: 'refused' | 'accepted' | 'waiting';
}

/** What becomes of a trial: some of its pairs are the culprits, the others are asked for in parts. */
export interface Division {
  readonly id: number;
  readonly blamed: Rectangle | undefined;
  /** The last is to be sent first. */
  readonly parts: readonly Rectangle[];
}

/** All pairs of one asset, or all of one holder. */
type Line = { readonly assetId: number } | { readonly holderId: number };

/** An asset or a holder is the culprit when so many of its pairs were refused, each alone, and never one went through. */
const enoughRefused = 3;

/**
 * How to go on looking for the culprit of a request that was refused without naming one. It is halved until a pair is
 * refused alone. A few more pairs tell whether its holder, its asset or only the pair is to blame: an asset that nobody
 * can get is not tried with every holder. Where assets are empty, it is about holders only.
 *
 * @param trials the request that was refused first and all that came of it, by ascending id; the waiting trial with the
 *   highest id is sent next, and each answer is followed by a call
 * @param refusedId the trial that was refused just now; undefined after one that went through
 * @param titlesOnly whether the refusal is about assets: nothing is gained by trying fewer holders
 */
export function narrowDown(
  trials: readonly Trial[],
  refusedId: number | undefined,
  titlesOnly: boolean,
): readonly Division[] {
  const refused = trials.find((trial) => trial.id === refusedId);
  const halves = refused === undefined ? [] : halve(refused, titlesOnly);
  if (refused !== undefined && halves.length > 0)
    return [{ id: refused.id, blamed: undefined, parts: halves }];
  const alone = refused === undefined ? [] : [{ id: refused.id, blamed: refused, parts: [] }];
  return titlesOnly ? alone : [...alone, ...suspect(trials)];
}

function halve({ assetIds, holderIds }: Rectangle, titlesOnly: boolean): readonly Rectangle[] {
  if (assetIds.length > 1) return inTwo(assetIds).map((half) => ({ assetIds: half, holderIds }));
  if (holderIds.length < 2 || titlesOnly) return [];
  return inTwo(holderIds).map((half) => ({ assetIds, holderIds: half }));
}

function inTwo(ids: readonly number[]): readonly (readonly number[])[] {
  const middle = Math.ceil(ids.length / 2);
  return [ids.slice(middle), ids.slice(0, middle)];
}

/** Goes on with the latest pair whose holder or asset may be the culprit. */
function suspect(trials: readonly Trial[]): readonly Division[] {
  const refused = trials.filter((trial) => trial.outcome === 'refused' && isPair(trial));
  for (const { assetIds, holderIds } of refused.toReversed()) {
    const [assetId = 0] = assetIds;
    const [holderId = 0] = holderIds;
    for (const line of [{ holderId }, { assetId }]) {
      const divisions = judge(line, refused, trials);
      if (divisions.length > 0) return divisions;
    }
  }
  return [];
}

/** Blames a whole line, tries one more pair of it, or finds nothing left to ask. */
function judge(
  line: Line,
  refused: readonly Trial[],
  trials: readonly Trial[],
): readonly Division[] {
  const meeting = trials.filter((trial) => isCrossed(trial, line));
  if (meeting.some((trial) => trial.outcome === 'accepted')) return [];
  const waiting = meeting.filter((trial) => trial.outcome === 'waiting');
  if (refused.filter((pair) => isCrossed(pair, line)).length >= enoughRefused)
    return waiting.map((trial) => ({
      id: trial.id,
      blamed: within(trial, line),
      parts: [without(trial, line)].filter(hasPairs),
    }));
  const next = waiting.at(-1);
  return next === undefined || isPair(next) ? waiting.slice(-1).map(again) : [trying(next, line)];
}

function again({ id, assetIds, holderIds }: Trial): Division {
  return { id, blamed: undefined, parts: [{ assetIds, holderIds }] };
}

/** The first pair of a line is asked for alone, before the others. */
function trying(trial: Trial, line: Line): Division {
  const { assetIds, holderIds } = within(trial, line);
  const alone = { assetIds: assetIds.slice(0, 1), holderIds: holderIds.slice(0, 1) };
  const [assetId = 0] = alone.assetIds;
  const [holderId = 0] = alone.holderIds;
  const others = [
    without(trial, { assetId }),
    { assetIds: alone.assetIds, holderIds: trial.holderIds.filter((id) => id !== holderId) },
  ];
  return { id: trial.id, blamed: undefined, parts: [...others.filter(hasPairs), alone] };
}

function isPair({ assetIds, holderIds }: Rectangle): boolean {
  return assetIds.length === 1 && holderIds.length === 1;
}

function hasPairs({ assetIds, holderIds }: Rectangle): boolean {
  return assetIds.length > 0 && holderIds.length > 0;
}

function isCrossed({ assetIds, holderIds }: Rectangle, line: Line): boolean {
  return 'assetId' in line ? assetIds.includes(line.assetId) : holderIds.includes(line.holderId);
}

function within({ assetIds, holderIds }: Rectangle, line: Line): Rectangle {
  return 'assetId' in line
    ? { assetIds: [line.assetId], holderIds }
    : { assetIds, holderIds: [line.holderId] };
}

function without({ assetIds, holderIds }: Rectangle, line: Line): Rectangle {
  return 'assetId' in line
    ? { assetIds: assetIds.filter((id) => id !== line.assetId), holderIds }
    : { assetIds, holderIds: holderIds.filter((id) => id !== line.holderId) };
}
