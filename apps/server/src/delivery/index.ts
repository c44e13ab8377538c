export { stillWanted } from './guard.ts';
export { type Invitation, readInvitations } from './invitations.ts';
export { explain, type Reason } from './reasons.ts';
export { type DeliverySettings, readDeliverySettings, updateDeliverySettings } from './settings.ts';
