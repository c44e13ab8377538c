export * from './errors.ts';
export { isDictionary, type PlistDictionary, type PlistValue } from './plist/values.ts';
export { DEFAULT_PLIST_LIMITS, readPlist, type PlistLimits } from './plist/read.ts';
export { writePlist } from './plist/write.ts';
export type { DeviceReference } from './messages/reference.ts';
export {
  parseCheckin,
  type Authenticate,
  type CheckinMessage,
  type CheckOut,
  type OtherCheckin,
  type TokenUpdate,
  userChannelChallenge,
} from './messages/checkin.ts';
export { parseConnect, type CommandStatus, type ConnectMessage } from './messages/connect.ts';
export type { DeviceErrorLink } from './messages/error-chain.ts';
export * from './commands/build.ts';
export * from './commands/settings.ts';
export * from './commands/results.ts';
export { readClientCert } from './signature/client-cert.ts';
export {
  SignatureVerifier,
  type SignatureVerifierOptions,
  type MessageSigner,
  type SignerCertificate,
} from './signature/verifier.ts';
export {
  CertificateAuthority,
  createAuthority,
  type AuthorityMaterial,
  type IssuedIdentity,
  type NewAuthority,
  type NewIdentity,
} from './identity/authority.ts';
export {
  ACCESS_RIGHTS,
  buildEnrollmentProfile,
  type EnrollmentProfile,
  type UserEnrollment,
  type Pkcs12Identity,
  type ScepIdentity,
} from './identity/profile.ts';
export { createTokenKey, openServerToken, type ServerToken } from './identity/server-token.ts';
export { signPushRequest, type VendorCredential } from './push/vendor.ts';
export { createPushRequest, type PushRequestFiles } from './push/request.ts';
export {
  inspectPushCredential,
  type PushCertificateInfo,
  type PushCredential,
} from './push/certificate.ts';
export { PushClient, type PushClientOptions, type PushRequest } from './push/client.ts';
export { classifyPush, type PushAnswer, type PushVerdict } from './push/verdict.ts';
