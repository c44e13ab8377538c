import { code, type Reason } from './reason.ts';
import { updateReasons } from './update-reasons.ts';

/** The app is still there after it was to be removed. */
const stillThere = code(0x87d1041d);

const reasons = {
  ...updateReasons,
  waitingForDevice: {
    cause: 'The device has not taken the command yet.',
    who: 'device',
    next: 'It was woken and takes the command when it is on, unlocked and online.',
  },
  waitingForRemoval: {
    cause: 'The device was told to remove the app.',
    who: 'device',
    next: 'It removes the app when it is on and online.',
  },
  removalFailed: {
    cause: 'The device could not remove the app.',
    who: 'device',
    next: 'It is told again after a while; until then the person can remove it.',
    errorCode: stillThere,
  },
  removalGivenUp: {
    cause:
      'The device could not remove the app, twelve times over: it is not told again by itself.',
    who: 'administrator',
    next: 'Sync the device to have it told again, or delete the app on the device.',
    errorCode: stillThere,
  },
  removalNotNow: {
    cause: 'The device cannot remove the app now.',
    who: 'device',
    next: 'Nothing: it is told again after a while.',
    errorCode: code(0x87d15614),
  },
  wantedElsewhere: {
    cause:
      'Its license went back, and another assignment wants the app here but waits for a license.',
    who: 'administrator',
    next: 'Free or buy a license for that assignment, or end it: then the app is removed.',
  },
  licenseGone: {
    cause: 'Its license went back while the device was installing the app.',
    who: 'device',
    next: 'Nothing: the device is asked what became of it. Where the app is to go, it is removed.',
  },
  installing: {
    cause: 'The device is installing the app.',
    who: 'device',
    next: 'Nothing: the device is asked until it is done.',
  },
  waitingForPerson: {
    cause: 'The device asks the person for permission to install.',
    who: 'person',
    next: 'Accept the installation on the device. Supervised devices do not ask.',
  },
  waitingForTakeOver: {
    cause: 'The device asks the person whether the app they installed may be managed.',
    who: 'person',
    next: 'Accept it on the device.',
  },
  signInNeeded: {
    cause: 'The device asks for a sign-in to the App Store.',
    who: 'person',
    next: 'Sign in to the App Store on the device, or assign the app with a device license.',
    errorCode: code(0x87d13b99),
  },
  bookNotFound: {
    cause: 'The device could not find the book in the store of its Apple Account.',
    who: 'Apple',
    next: 'It is tried again. If it stays so, compare the country of the account with that of the token.',
  },
  bookLicenseNotFound: {
    cause: 'The Apple Account on the device has no license of the book, as far as the store knows.',
    who: 'person',
    next: 'Sign in to the Apple Account that accepted the invitation. A new license needs a while: it is tried again.',
  },
  bookTaken: {
    cause: 'The Mac has taken the book. A Mac does not tell what became of it.',
    who: 'person',
    next: 'Look in Apple Books. Where the book is missing, sync the device: it is sent once more.',
  },
  bookRemovedByPerson: {
    cause: 'The person removed the book from the device.',
    who: 'person',
    next: 'Nothing: the book is theirs, and they can load it again in Apple Books.',
  },
  installedByPerson: {
    cause: 'The person had installed the app before.',
    who: 'device',
    next: 'Nothing: the device was told to take the app under management.',
    errorCode: code(0x87d13b61),
  },
  removedByPerson: {
    cause: 'The person removed the app, which is required.',
    who: 'person',
    next: 'Nothing: it is installed again within a day, by the same license; after an hour at first, and twice as long each time it is removed again within a week, twelve hours at most.',
    errorCode: code(0x87d13b66),
  },
  optionalRemoved: {
    cause: 'The person removed the app, which nothing requires there.',
    who: 'person',
    next: 'Nothing: it is installed again when the person asks for it. Its license stays.',
    errorCode: code(0x87d13b66),
  },
  settingsRefused: {
    cause: 'The device did not take the configuration or the attributes of the app.',
    who: 'administrator',
    next: 'Check the configuration and the VPN of the app’s assignments. The device is told again a day later.',
  },
  userRejected: {
    cause: 'The person declined the installation.',
    who: 'person',
    next: 'Accept it when the device asks again, in a day at the latest.',
    errorCode: code(0x87d13b62),
  },
  managementRejected: {
    cause: 'The person declined that the app is managed.',
    who: 'person',
    next: 'Accept it when the device asks again, or remove the app from the device.',
    errorCode: code(0x87d13b68),
  },
  takeOverFailed: {
    cause: 'The app is on the device and cannot be taken under management.',
    who: 'person',
    next: 'Remove the app from the device: it is then installed as a managed app.',
    errorCode: code(0x87d13b8f),
  },
  takeOverNotAllowed: {
    cause:
      'The person had installed the app, and under User Enrollment Apple lets nobody take it under management.',
    who: 'person',
    next: 'Delete the app from the device: it is then installed as a managed app, within a day, or at once after a sync.',
    errorCode: code(0x87d13b61),
  },
  needsRedemption: {
    cause: 'The device wants a redemption code, as for a paid app without a license.',
    who: 'administrator',
    next: 'Check that a license of the app is assigned to this device.',
    errorCode: code(0x87d13b60),
  },
  licenseNotFound: {
    cause:
      'Apple did not find the license for this device. It can take a while after it was assigned.',
    who: 'Apple',
    next: 'Nothing at first: Apple is asked whether the license is there, and it is tried again with growing pauses. If it stays, revoke the license and assign it again.',
    errorCode: code(0x87d13b95),
  },
  appNotFound: {
    cause: 'The device could not verify the app with the App Store.',
    who: 'Apple',
    next: 'Check the device’s connection to the App Store, and that the app is still sold in the store of its country.',
    errorCode: code(0x87d13b7d),
  },
  storeDisabled: {
    cause: 'The App Store is switched off on the device.',
    who: 'administrator',
    next: 'Allow the App Store on the device, or assign the app with a device license.',
    errorCode: code(0x87d13b94),
  },
  notSupported: {
    cause: 'The device cannot run the app.',
    who: 'administrator',
    next: 'Update the device, or leave it out of the group.',
  },
  notForSale: {
    cause: 'The store does not sell the app to this device.',
    who: 'administrator',
    next: 'Check that the app is still sold in the store of the device’s country. It is tried again with growing pauses.',
    errorCode: code(0x87d15613),
  },
  systemApp: {
    cause: 'The app belongs to the device’s system, and cannot be installed like another.',
    who: 'administrator',
    next: 'Take the assignment back. Where the person deleted the app, they get it again in the App Store.',
    errorCode: code(0x87d13b96),
  },
  lostMode: {
    cause: 'The device is in Lost Mode: no app is installed or removed there.',
    who: 'administrator',
    next: 'Switch Lost Mode off once the device is found, then sync it. It is tried again once a day as well.',
    errorCode: code(0x87d13b97),
  },
  notAnApp: {
    cause: 'The App Store says that this is not an app.',
    who: 'administrator',
    next: 'Take the assignment back.',
  },
  multiUser: {
    cause: 'A shared iPad takes apps with device licenses only.',
    who: 'administrator',
    next: 'Assign the app with a device license.',
    errorCode: code(0x87d13b93),
  },
  noUserChannel: {
    cause:
      'On a Mac, a user license goes to the channel of the person signed in, and this Mac has none now.',
    who: 'person',
    next: 'Sign in on the Mac as the person who enrolled it, or assign with a device license.',
  },
  installFailed: {
    cause: 'The installation failed on the device.',
    who: 'device',
    next: 'It is tried again with growing pauses. Check storage and network of the device.',
    errorCode: code(0x87d13b64),
  },
  kioskWithoutApps: {
    cause:
      'The device is a kiosk without any of its apps: an app has to be installed before a device is locked to it.',
    who: 'administrator',
    next: 'Take the device out of the policy that locks it to one app, wait for the installation, and lock it then.',
    errorCode: code(0x87d11394),
  },
  kioskInstall: {
    cause: 'The device is a kiosk, locked to one app, and did not install this one.',
    who: 'administrator',
    next: 'Take the device out of the policy that locks it to one app, sync the device, and lock it again once the app is there.',
    errorCode: code(0x87d13b98),
  },
  noProgress: {
    cause: 'The device accepted the app, but the installation did not get on.',
    who: 'device',
    next: 'Check storage and network of the device, then sync it.',
    errorCode: code(0x87d13b9a),
  },
  commandNotUnderstood: {
    cause: 'The device did not understand the command.',
    who: 'Allotment',
    next: 'Report this to the makers of Allotment with the version of the device’s system.',
  },
  otherAccount: {
    cause:
      'The device uses another Apple Account than the one that the person’s licenses are tied to.',
    who: 'person',
    next: 'Sign in to the App Store on the device with the Apple Account that accepted the invitation, then sync the device; or assign the app with a device license.',
  },
  bundleIdUnknown: {
    cause:
      'The store of the token’s country does not show the app, so its bundle identifier is unknown.',
    who: 'administrator',
    next: 'Check the country of the token, then sync it.',
  },
} satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof reasons;

/** The sentences for a word stored in `delivery.task.reason`; undefined for a word of another version. */
export function explain(word: string): Reason | undefined {
  return Object.hasOwn(reasons, word) ? reasons[word as ReasonCode] : undefined;
}

/** The number that goes with a reason. */
export function errorCodeOf(word: ReasonCode): number | null {
  const reason: Reason = reasons[word];
  return reason.errorCode ?? null;
}
