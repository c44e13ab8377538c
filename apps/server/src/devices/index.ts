export { type SignIn, signInByCode } from './account-sign-in.ts';
export { type AppSetup, setUpApps } from './app-setup.ts';
export { deviceAuthorities } from './authorities.ts';
export { handleCheckin } from './checkin.ts';
export {
  cancelUnsent,
  type NewCommand,
  type QueuedCommand,
  queueCommands,
  queueUnlessWaiting,
  wantPush,
} from './commands.ts';
export { handleConnect } from './connect.ts';
export { type DeviceSender } from './enrollment.ts';
export { readEnrollmentCode } from './enrollment-code.ts';
export { appAttributesFor, servesPerson } from './family.ts';
export { type Guard } from './guard.ts';
export { askInventory } from './inventory.ts';
export { deleteDevice, noteWiped, retireDevice } from './leave.ts';
export {
  createEnrollmentLink,
  createEnrollmentLinks,
  createRenewalLink,
  type EnrollmentLink,
  type NewEnrollmentLink,
} from './links.ts';
export { organizationName } from './organization.ts';
export { setPrimaryUser } from './primary-user.ts';
export {
  accountProfile,
  type EnrollmentOffer,
  enrollmentOffer,
  enrollmentProfile,
} from './profile.ts';
export { type PushCertificate, pushCertificate, setPushCertificate } from './push-certificate.ts';
export {
  discardPushRequest,
  makePushRequest,
  type PushRequest,
  pushRequest,
  signWaitingRequest,
} from './push-request.ts';
export { type ScepSettings, type ScepView, scepView, setScep, stopScep } from './scep.ts';
export {
  deleteServerToken,
  serverTokenCertificate,
  serverTokens,
  type ServerTokenView,
  storeServerToken,
} from './server-tokens.ts';
export { syncDevice } from './sync-device.ts';
export type { WaitingCommand } from './turn.ts';
