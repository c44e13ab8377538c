import type { LicenseState } from '@allotment/licensing';
import { explain } from '../delivery/index.ts';
import {
  type AtAppleFacts,
  grantedReason,
  refusedReason,
  requestedReason,
  returningReason,
} from './at-apple.ts';
import type { Reason } from './reason.ts';

export type { Reason };

/** A person's license serves a limited number of devices, this one not (behavior 27). */
export const tooManyDevices: Reason = {
  cause: 'The license of its person serves as many other devices as it may.',
  who: 'administrator',
  next: 'Assign the app with a device license, or take another device away from the person.',
};

/** A user license serves nobody before the person has an Apple Account tied to it (behavior 9). */
export const awaitsPerson: Reason = {
  cause:
    'The person has not accepted the invitation yet: no Apple Account is tied to their licenses.',
  who: 'person',
  next: 'Accept the invitation that the device shows, or open the invitation link, signed in with an Apple Account of one’s own; an administrator finds the link with the person. Where a policy switches the App Store off, neither works: allow it, or assign the app with a device license.',
};

/** The license was taken for a device that is known by its serial number alone. */
export const awaitsEnrollment: Reason = {
  cause: 'The device has not enrolled yet; its license was taken ahead.',
  who: 'person',
  next: 'Enroll the device: it gets the app then. One that will not come is taken out of its group.',
};

/** So many want at once what can never be taken back that a person is to look at it first (Law 11). */
const awaitsRelease: Reason = {
  cause: 'Apple never takes this license back, and many people are to get one at once.',
  who: 'administrator',
  next: 'Look at its assignments, then release it.',
};

/** It was taken back by hand, and nothing is granted to the holder before somebody says so (behavior 59). */
export const takenByHand = (by: string, reason: string): Reason => ({
  cause: `The license was taken back by hand by ${by}: ${reason}`,
  who: 'administrator',
  next: 'Lift the hold, or save the assignments of the app anew.',
});

/** The same, but Apple shows one: who manages these licenses besides us has assigned it since. */
export const takenByHandGivenByOther = (by: string, reason: string): Reason => ({
  cause: `The license was taken back by hand by ${by}: ${reason}. Another product has assigned one since, which is not used.`,
  who: 'administrator',
  next: 'Lift the hold to use it, or have the other product take it back.',
});

/** Somebody else took the license back twice within seven days. */
export const lostTwice: Reason = {
  cause: 'Apple took this license from us twice within seven days: it is not asked for again.',
  who: 'administrator',
  next: 'Find out who else manages these licenses, then save the assignments of the app anew.',
};

/** One license of a title is enough, whichever location or pricing it is from (Law 1). */
const servedByOther: Reason = {
  cause: 'Another license of the same title serves already; no second one is taken.',
  who: 'Allotment',
  next: 'Nothing: where that one goes, this one is asked for.',
};

/** A person wants nothing more granted in the location. */
const closedLocation = (why: string): Reason => ({
  cause: `Nothing is granted in this location: ${why}`,
  who: 'administrator',
  next: 'Open the location again.',
});

/** Apple had none left, whatever its counts said. */
const emptyAtApple = (said: string): Reason => ({
  cause: `Apple said that no license is left: ${said}`,
  who: 'Allotment',
  next: 'Apple’s counts are read again, and then the first in line gets one.',
});

/** What decides why a license is not held. */
export interface ReasonFacts extends AtAppleFacts {
  /** It was lost twice, and is not asked for again. */
  readonly stopped: boolean;
  /** Why a person, and why Apple, lets nothing more be granted of the asset. */
  readonly closedByPerson: string | null;
  readonly closedByApple: string | null;
  /** Apple never takes it back, and a person is to release it first. */
  readonly unreleased: boolean;
  /** Place in the line, from 1. */
  readonly position: number | null;
}

/** The reason behind a license that is not held yet. */
export function licenseReason(state: LicenseState, facts: ReasonFacts): Reason | null {
  switch (state) {
    case 'none':
    case 'held':
    case 'found':
      return null;
    case 'waiting':
      return waitingReason(facts);
    case 'covered':
      return servedByOther;
    case 'granted':
      return grantedReason(facts);
    case 'requested':
      return requestedReason(facts);
    case 'returning':
      return returningReason(facts);
    case 'failed':
      return stoppedByPerson(facts) ?? refusedReason(facts);
  }
}

/** What the first in line would wait for, too, goes before the place in it. */
function waitingReason(facts: ReasonFacts): Reason {
  const { stopped, closedByApple, position } = facts;
  if (stopped) return lostTwice;
  const byPerson = stoppedByPerson(facts);
  if (byPerson !== null) return byPerson;
  if (closedByApple !== null) return emptyAtApple(closedByApple);
  return {
    cause:
      position === null ? 'No license is free.' : `No license is free; number ${position} in line.`,
    who: 'administrator',
    next: 'Buy licenses in Apple Business Manager or Apple School Manager, or free some: the first in line gets the next one.',
  };
}

function stoppedByPerson({ closedByPerson, unreleased }: ReasonFacts): Reason | null {
  if (closedByPerson !== null) return closedLocation(closedByPerson);
  return unreleased ? awaitsRelease : null;
}

/** What delivery's word for an app or a book on a device means; null where there is nothing to say. */
export function deliveryReason(code: string | null): Reason | null {
  const reason = code === null ? undefined : explain(code);
  return reason === undefined ? null : { cause: reason.cause, who: reason.who, next: reason.next };
}
