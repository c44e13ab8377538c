export {
  type AppleUser,
  type LocationPeople,
  readAppleUsers,
  readLocationPeople,
  takeManagedAppleIdsFrom,
} from './accounts.ts';
export { fillInCode, invitationLink } from './invitations.ts';
