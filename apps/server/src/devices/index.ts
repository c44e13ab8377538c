export { authorityCertificate } from './authority.ts';
export { type CheckinOutcome, handleCheckin } from './checkin.ts';
export {
  cancelUnsent,
  type NewCommand,
  type QueuedCommand,
  queueCommands,
  queueUnlessWaiting,
  wantPush,
} from './commands.ts';
export { type Guard, handleConnect } from './connect.ts';
export { askInventory } from './inventory.ts';
export {
  createEnrollmentLink,
  createEnrollmentLinks,
  type EnrollmentLink,
  type NewEnrollmentLink,
} from './links.ts';
export { enrollmentProfile } from './profile.ts';
export { type PushCertificate, pushCertificate, setPushCertificate } from './push-certificate.ts';
export { syncDevice } from './sync-device.ts';
export type { WaitingCommand } from './turn.ts';
