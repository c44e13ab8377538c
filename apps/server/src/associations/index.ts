export {
  type AppleUser,
  type LocationPeople,
  type ManagedAppleIdSource,
  managedAppleIdSources,
  readAppleUsers,
  readLocationPeople,
  takeManagedAppleIdsFrom,
} from './accounts.ts';
export { invitationLink } from './invitations.ts';
