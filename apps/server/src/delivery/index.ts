export { stillWanted } from './guard.ts';
export { type Invitation, readInvitations } from './invitations.ts';
export type { Reason } from './reason.ts';
export { explain } from './reasons.ts';
export { type DeliverySettings, readDeliverySettings, updateDeliverySettings } from './settings.ts';
