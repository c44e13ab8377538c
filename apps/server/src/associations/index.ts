export {
  type AppleUser,
  type LocationPeople,
  type ManagedAppleIdSource,
  managedAppleIdSources,
  readAppleUsers,
  readLocationPeople,
  takeManagedAppleIdsFrom,
} from './accounts.ts';
export { fillInCode, invitationLink } from './invitations.ts';
