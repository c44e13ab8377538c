export { rotateBearer } from './bearer.ts';
export { countries, type Country } from './countries.ts';
export { requestAssignments, requestCounts } from './counts.ts';
export { createToken, type NewToken } from './create-token.ts';
export { type Credential, type CredentialGap, credentialFor } from './credentials.ts';
export { forgetToken } from './forget-token.ts';
export { ensureDevicesOf, ensureHolders, type HolderKind } from './holders.ts';
export { ifLocationFree, LocationLocks } from './location-lock.ts';
export { type NotificationBody, NotificationInbox } from './inbox.ts';
export { inspectToken, type TokenInspection } from './inspect-token.ts';
export { forgetMarks } from './lineage.ts';
export { lookAtMark } from './look-at-mark.ts';
export { claimAnew, releaseLocation, type Withdrawn } from './release.ts';
export { recordSettled } from './settled.ts';
export {
  clientUserIdOf,
  ensurePersonHolders,
  type ManagedAppleIdSource,
  managedAppleIdSources,
  setManagedAppleIdSource,
} from './people.ts';
export { liftDeletionPause, pauseForDeletion, pauseLocation, resumeLocation } from './pause.ts';
export { readAssignments } from './read-assignments.ts';
export { isTokenId, listTokens, readToken, type TokenRow } from './read-tokens.ts';
export { type LibrarySettings, readLibrarySettings, updateLibrarySettings } from './settings.ts';
export { enqueueSync, listSyncs, requestSync, type SyncRow, syncProgress } from './sync-queue.ts';
export { markCredential, type TokenState } from './token-states.ts';
export { type TokenPatch, updateToken } from './update-token.ts';
