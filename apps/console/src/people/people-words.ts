import type { AppleUser, PersonAtApple } from '../api/people.ts';
import type { Tone } from '../ui/state-chip.tsx';

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

/** How far Apple is with a person: a license can be used once they accepted. */
export const atAppleWords: Readonly<Record<PersonAtApple, Word>> = {
  refused: { word: 'Refused by Apple', tone: 'bad' },
  absent: { word: 'Being created', tone: 'busy' },
  registered: { word: 'Invited', tone: 'attention' },
  associated: { word: 'Accepted', tone: 'good' },
  retired: { word: 'Retired', tone: 'quiet' },
};

/** The state at one location in a word; what Apple refused goes before how far it was. */
export function appleUserWord({ state, reason, underway }: AppleUser): Word {
  if (reason !== null) return atAppleWords.refused;
  if (state === 'absent' && !underway) return { word: 'Not created yet', tone: 'quiet' };
  return atAppleWords[state];
}

/** What is odd about a person's Apple Account, in sentences. */
export function accountTroubles(user: AppleUser): readonly string[] {
  const { sharesAccountWith, otherAccountOn, mixedEnrollments } = user;
  return [
    ...(sharesAccountWith.length > 0
      ? [
          'Somebody else uses the same Apple Account: the second one gets no title that the first one has.',
        ]
      : []),
    ...(otherAccountOn.length > 0
      ? [
          `${otherAccountOn.length === 1 ? 'A device is' : `${otherAccountOn.length} devices are`} signed in with another Apple Account: apps by user licenses do not install there.`,
        ]
      : []),
    ...(mixedEnrollments
      ? [
          'The person has devices enrolled by account beside others: one Managed Apple Account must not serve both.',
        ]
      : []),
  ];
}

/** "Shown on DMPX1234, 2 times", or why not; undefined where no device was told to show the invitation. */
export function invitationWords({ invitation }: AppleUser): string | undefined {
  if (invitation === null || invitation.tries === 0) return undefined;
  const where = invitation.serialNumber === null ? 'a device' : invitation.serialNumber;
  const times = invitation.tries === 1 ? 'once' : `${invitation.tries} times`;
  if (invitation.refusal !== null)
    return `${where}: ${invitation.refusal.cause} ${invitation.refusal.next}`;
  if (invitation.shownAt === null) return `The invitation is to be shown on ${where}.`;
  const again = invitation.nextAt === null ? '; it is not shown again' : '';
  return `The invitation was shown on ${where} ${times}${again}.`;
}
