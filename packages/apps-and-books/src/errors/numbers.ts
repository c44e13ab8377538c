/** Who can mend a failure. */
export type Who = 'Apple' | 'administrator' | 'us' | 'person' | 'device';

/** What one of Apple's error numbers means. */
export interface ErrorExplanation {
  readonly number: number;
  /** A stable word for programs. */
  readonly code: NumberedCode;
  readonly meaning: string;
  readonly who: Who;
  /** The next step, in a sentence. */
  readonly remedy: string;
  /** True when the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

/*
 * Apple's numbers: synchronous, asynchronous, and those of the older interface that may still surface. Texts differ
 * between Apple's table and its service configuration, so only the number counts.
 * Source: https://developer.apple.com/documentation/devicemanagement/app-and-book-management-error-codes
 */
type Numbers = Readonly<Record<number, readonly [code: string, meaning: string, remedy?: string]>>;

const ourMistakes = {
  9600: ['missingArgument', 'An argument is missing.'],
  9602: ['invalidArgument', 'An argument is not valid.'],
  9623: ['badPushToken', 'The push token is not valid.'],
  9700: ['tooManyAssets', 'Too many titles in one request.'],
  9701: ['tooManyClientUserIds', 'Too many users in one request.'],
  9702: ['tooManySerialNumbers', 'Too many serial numbers in one request.'],
  9703: ['duplicateAssets', 'A title occurs twice in one request.'],
  9704: ['duplicateClientUserIds', 'A user occurs twice in one request.'],
  9705: ['duplicateSerialNumbers', 'A serial number occurs twice in one request.'],
  9710: ['notificationUrlAndTokenBelongTogether', 'Notification address and token go together.'],
  9713: ['mdmMetadataTooLong', 'The metadata of the management service is too long.'],
  9714: ['tooManyUsers', 'Too many users in one request.'],
  9715: ['duplicateUsers', 'A user occurs twice in one request.'],
  9718: ['assetsMissing', 'The request names no title.'],
  9719: ['targetsMissing', 'The request names no user and no device.'],
  9720: ['usersMissing', 'The request names no user.'],
  9723: ['mdmInfoIncomplete', 'The management service is described incompletely.'],
  9724: ['mdmIdTooLong', 'The id of the management service is too long.'],
  9725: ['mdmNameTooLong', 'The name of the management service is too long.'],
  9726: ['wrongMethod', 'Wrong HTTP method.'],
  9727: ['wrongContentType', 'Wrong content type.'],
  9811: ['invalidSubscriptionAssociation', 'The subscription association is not valid.'],
  9812: ['invalidCursor', 'The cursor is not valid.'],
  9813: ['invalidSubscription', 'The Adam ID of the subscription is not valid.'],
} as const satisfies Numbers;

const passing = {
  9603: ['internalError', 'Apple had an internal error.'],
  9609: ['userNotFound', 'Apple does not know the user, or not yet.'],
  9610: ['licenseNotFound', 'The license is not found, or not yet.'],
  9626: ['assignedToAnotherUser', 'The license went to somebody else in the meantime.'],
  9643: ['lockedByTransfer', 'A transfer between locations holds the license.'],
  9644: ['maintenance', 'The service is under maintenance.'],
  9646: ['tooManyRequests', 'Too many requests for the organization.'],
  9729: ['temporarilyUnavailable', 'The service is temporarily unavailable.'],
} as const satisfies Numbers;

const needsAnotherToken = {
  9601: ['loginRequired', 'Apple asks to sign in.'],
  9621: ['tokenExpired', 'The content token has expired.'],
  9622: ['tokenInvalid', 'Apple does not accept the content token.'],
  9625: ['tokenRevoked', 'The content token was revoked.'],
  9637: ['facilitatorAccount', 'Facilitator accounts are not supported.'],
  9647: ['legacyToken', 'The token is from the time before locations.'],
  9722: ['authorizationMalformed', 'The content token is malformed.'],
} as const satisfies Numbers;

const alreadySo = {
  9616: ['alreadyAssigned', 'The license is already assigned.'],
  9618: ['userAlreadyRetired', 'The user is already retired.'],
  9619: ['notAssigned', 'The license is not assigned.'],
  9716: ['userAlreadyExists', 'The user is already registered.'],
  9815: ['userNotAssigned', 'The user is not assigned this title.'],
  9817: ['assignedThroughGroup', 'The user has the title through a group.'],
} as const satisfies Numbers;

const readAgain = {
  9604: ['noResult', 'Apple found nothing.'],
  9620: ['userDeleted', 'The user was deleted.'],
  9624: ['licenseRefunded', 'The license was refunded.'],
  9633: ['batchTokenLost', 'Apple lost its place in the list.'],
  9650: ['badPageIndex', 'The page does not exist, or no longer.'],
  9708: ['eventNotFound', 'Apple does not know the event.'],
  9721: ['invalidVersionId', 'The version is not valid, or too old.'],
} as const satisfies Numbers;

const tooOften = {
  9627: ['reassignedTooOften', 'The license was given to somebody else too often lately.'],
  9630: ['tooManyIdenticalCalls', 'Too many identical calls lately.'],
  9631: ['tooManyErrors', 'Too many errors lately.'],
  9632: ['tooManyRecentCalls', 'Too many calls lately.'],
} as const satisfies Numbers;

const rare = {
  9636: ['rare9636', 'Apple refused, for a rarely seen reason.'],
  9638: ['rare9638', 'Apple refused, for a rarely seen reason.'],
  9642: ['rare9642', 'Apple refused, for a rarely seen reason.'],
} as const satisfies Numbers;

const administratorActs = {
  9607: [
    'irrevocable',
    'The license cannot be taken back.',
    'It stays with the person who got it.',
  ],
  9628: [
    'notEligibleForDevices',
    'No device licenses for this title.',
    'Use user licensing for it.',
  ],
  9634: ['serviceGone', 'Apple has withdrawn this service.', 'Update this program.'],
  9645: [
    'managedByApple',
    'Device management of Apple itself runs this location.',
    'Choose another location, or turn that off in Apple Business Manager.',
  ],
  9706: ['notRevocable', 'The title cannot be taken back.', 'It stays with the person who got it.'],
  9707: ['notDeviceAssignable', 'No device licenses for this title.', 'Use user licensing for it.'],
  9709: ['notEnoughAssets', 'No license is left.', 'Buy more licenses, or free some.'],
  9711: [
    'notificationUrlTooLong',
    'The notification address is too long.',
    'Use a shorter public address.',
  ],
  9712: [
    'notificationUrlInvalid',
    'The notification address is not a valid https address.',
    'Set the public address to https with a host name.',
  ],
  9717: ['invalidEmail', 'The e-mail address is not valid.', 'Correct the e-mail address.'],
  9728: [
    'notificationUrlUnreachable',
    'Apple could not reach the notification address.',
    'Make the public address reachable from the internet, with a certificate that Apple trusts.',
  ],
  9816: ['limitExceeded', 'The seats are used up.', 'Buy more seats, or free some.'],
  9818: [
    'subscriptionsExist',
    'Subscriptions exist, so they cannot be turned off.',
    'End the subscriptions first.',
  ],
} as const satisfies Numbers;

const personActs = {
  9605: [
    'wrongStorefront',
    'The Apple Account belongs to another country.',
    'Use an Apple Account of the country of the location, or device licenses.',
  ],
  9635: [
    'cannotAssociateAccount',
    'Apple cannot associate the Apple Account.',
    'Check the Managed Apple Account, or send an invitation.',
  ],
  9641: [
    'accountAlreadyUsed',
    'The Apple Account already belongs to another user.',
    'Use another Apple Account, or retire the other user.',
  ],
  9814: [
    'noAssociatedUser',
    'The user has not accepted the invitation.',
    'The person accepts the invitation first.',
  ],
} as const satisfies Numbers;

const groups = [
  [ourMistakes, 'us', 'This is a mistake in this program: please report it with the number.'],
  [passing, 'Apple', 'Nothing to do: it is tried again.'],
  [
    needsAnotherToken,
    'administrator',
    'Download a new content token of the location in Apple Business or School Manager, and renew the token with it.',
  ],
  [alreadySo, 'us', 'Nothing to do: it is as it should be.'],
  [readAgain, 'us', 'The location is read again.'],
  [tooOften, 'us', 'Calls for this location stop for a while.'],
  [rare, 'Apple', 'Read what Apple itself says.'],
  [administratorActs, 'administrator', ''],
  [personActs, 'person', ''],
] as const satisfies readonly (readonly [Numbers, Who, string])[];

type CodesOf<Group> =
  Group extends Readonly<Record<number, readonly [infer Code, ...unknown[]]>> ? Code : never;

/** The stable word of every number known here; `unknownNumber` for the others. */
export type NumberedCode = CodesOf<(typeof groups)[number][0]> | 'unknownNumber';

const explanations = new Map<number, ErrorExplanation>(groups.flatMap(explainGroup));

function explainGroup([numbers, who, remedy]: (typeof groups)[number]): [
  number,
  ErrorExplanation,
][] {
  const known: Readonly<Record<number, readonly [NumberedCode, string, string?]>> = numbers;
  const retryable = numbers === passing;
  return Object.entries(known).map(([key, [code, meaning, ownRemedy]]) => {
    const number = Number(key);
    return [number, { number, code, meaning, who, remedy: ownRemedy ?? remedy, retryable }];
  });
}

/** Every number known here. */
export const knownErrorNumbers: readonly number[] = [...explanations.keys()];

/**
 * What one of Apple's error numbers means, in an answer or in an event. A number that is not known counts as failed
 * for good: its text is shown and nothing is repeated blindly.
 */
export function explainErrorNumber(number: number): ErrorExplanation {
  return (
    explanations.get(number) ?? {
      number,
      code: 'unknownNumber',
      who: 'Apple',
      retryable: false,
      meaning: 'Apple refused, with a number not known here.',
      remedy: 'Read what Apple itself says.',
    }
  );
}
