import type { NotApplicableReason } from '@allotment/licensing';
import type { Reason } from './reasons.ts';
import { byAdministrator } from './why-facts.ts';

/** Why a device cannot use the app. */
export const unfit: Readonly<Record<NotApplicableReason, Reason>> = {
  notDeviceAssignable: byAdministrator(
    'Apple does not let this app be licensed to devices.',
    'Assign it with a user license.',
  ),
  userEnrollment: byAdministrator(
    'The device was enrolled by its owner: it takes no device licenses.',
    'Assign the app with a user license.',
  ),
  sharedDevice: byAdministrator(
    'Nobody is the user of a Shared iPad.',
    'Assign the app with a device license.',
  ),
  noPrimaryUser: byAdministrator(
    'The device has no user, and the app is assigned with a user license.',
    'Give the device a user, or assign the app with a device license.',
  ),
  noManagedAccount: byAdministrator(
    'The device was enrolled by its owner, and this person has no Managed Apple Account, which user licenses need there.',
    'Give the person the Managed Apple Account that the organization made for them, or let the location take it from the user principal name.',
  ),
  noUserChannel: byAdministrator(
    'On a Mac, a user license goes to the channel of the person signed in, and this Mac has none.',
    'Have the person sign in on the Mac and enroll it from there, with an ordinary link, or assign the app with a device license.',
  ),
  platform: byAdministrator('The app is for another platform.', 'Nothing: it needs no license.'),
  family: byAdministrator('The app is for other devices.', 'Nothing: it needs no license.'),
  minimumOsVersion: {
    cause: 'The app needs a later OS.',
    who: 'person',
    next: 'Update the device; the app then follows by itself.',
  },
};
