export { stillWanted } from './guard.ts';
export { explain, type Reason } from './reasons.ts';
