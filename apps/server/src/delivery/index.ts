export { stillWanted } from './guard.ts';
export { explain, type Reason } from './reasons.ts';
export { type DeliverySettings, readDeliverySettings, updateDeliverySettings } from './settings.ts';
