export { countries, type Country } from './countries.ts';
export { requestAssignments, requestCounts } from './counts.ts';
export { createToken, type NewToken } from './create-token.ts';
export {
  type Credential,
  type CredentialGap,
  credentialFor,
  markCredential,
} from './credentials.ts';
export { deleteToken } from './delete-token.ts';
export { ensureDevicesOf, ensureHolders, type HolderKind } from './holders.ts';
export { inspectToken, type TokenInspection } from './inspect-token.ts';
export { recordSettled } from './settled.ts';
export { receiveNotification } from './notifications.ts';
export { clientUserIdOf, ensurePersonHolders } from './people.ts';
export { pauseLocation, resumeLocation } from './pause.ts';
export { readAssignments } from './read-assignments.ts';
export { type BookRow, listBooks, listTokens, readToken, type TokenRow } from './read-tokens.ts';
export { listSyncs, requestSync, type SyncRow, syncProgress } from './sync-queue.ts';
export { type TokenPatch, updateToken } from './update-token.ts';
