export { releaseBrake } from './brake.ts';
export {
  type Outcome,
  type Pairs,
  assignToRequest,
  moveToRequest,
  openPairs,
  reopenPairs,
  settlePairs,
} from './settle.ts';
export { stillInstallable } from './read.ts';
