export { releaseBrake } from './brake.ts';
export {
  type UnsentChange,
  assignToRequest,
  moveToRequest,
  openPairs,
  reopenPairs,
  shownPairsOf,
  takeUnsent,
} from './changes.ts';
export { stillInstallable } from './read.ts';
export { type Outcome, type Pairs, settlePairs } from './settle.ts';
export { lockStock } from './stock.ts';
