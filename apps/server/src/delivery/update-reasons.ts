import { code, type Reason } from './reason.ts';

/** A newer version of a volume-purchased app is available. */
const updateAvailable = code(0x87d13b9f);

/** What is said of installed apps whose store has a newer version. */
export const updateReasons = {
  updateRejected: {
    cause: 'The person declined the update.',
    who: 'person',
    next: 'Accept it when the device asks again.',
    errorCode: code(0x87d13b63),
  },
  updating: {
    cause: 'The store has a newer version: the device was told to update.',
    who: 'device',
    next: 'Nothing: it updates when it is unlocked and online, and the app not in use. It is told again a day later.',
    errorCode: updateAvailable,
  },
  waitingForUpdate: {
    cause: 'The app is in use: the device asks the person whether it may be updated.',
    who: 'person',
    next: 'Accept the update on the device, or close the app.',
    errorCode: updateAvailable,
  },
  updateOff: {
    cause: 'The store has a newer version, and the content token does not update apps by itself.',
    who: 'administrator',
    next: 'Switch automatic app updates on in the content token.',
    errorCode: updateAvailable,
  },
  updatePrevented: {
    cause: 'The store has a newer version, and the app’s assignment prevents automatic updates.',
    who: 'administrator',
    next: 'Allow automatic updates in the assignment.',
    errorCode: updateAvailable,
  },
  updateUnassigned: {
    cause:
      'The store has a newer version, and no assignment requires the app here any more: it is kept as it is.',
    who: 'administrator',
    next: 'Assign the app again; where it is Available, its person asks for it.',
    errorCode: updateAvailable,
  },
  updateNeedsSystem: {
    cause: 'The store has a newer version, which needs a newer system than the device’s.',
    who: 'person',
    next: 'Update the system of the device.',
    errorCode: updateAvailable,
  },
  updateInKiosk: {
    cause: 'The store has a newer version, and the device is a kiosk: nothing is updated there.',
    who: 'administrator',
    next: 'Take the device out of the policy that locks it to one app, sync the device, and lock it again once the app is updated.',
    errorCode: updateAvailable,
  },
  updateWaits: {
    cause: 'The store has a newer version, and it is not the time for updates.',
    who: 'Allotment',
    next: 'Nothing: the device is told within the maintenance window.',
    errorCode: updateAvailable,
  },
  updateFailed: {
    cause: 'The device could not update the app.',
    who: 'device',
    next: 'Check storage and network of the device, and that the App Store of its country has the newer version.',
    errorCode: updateAvailable,
  },
} satisfies Record<string, Reason>;
