import { explainErrorNumber } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { CredentialGap } from '../library/index.ts';
import type { Reason } from './reason.ts';

/** What Apple said when it refused something. */
interface Refusal {
  readonly number: number;
  readonly message: string | null;
}

/** How far Apple is with a license for which a seat is taken, and what holds it up. */
export interface AtAppleFacts {
  /** A request to Apple with it is under way. */
  readonly requested: boolean;
  /** Why Apple cannot be asked about the location. */
  readonly gap: CredentialGap | null;
  readonly paused: boolean;
  /** It is to go back, and with so many others that a person is to release them first (Law 11). */
  readonly braked: boolean;
  /** Why Apple does not create the person as a user, without whom a license cannot be assigned to them. */
  readonly userRefusal: Refusal | null;
  /** Apple's number of the last refusal of the license. */
  readonly failure: number | null;
  readonly failureMessage: string | null;
}

/**
 * SQL: why Apple cannot be asked about a location `loc`, as `credentialFor` of library has it. A token past its end is
 * known as expired soon after.
 */
export const gapOf = sql<CredentialGap | null>`(
  select case when t.id is null then 'noToken' when t.state = 'expired' then 'expired'
    when t.state = 'assignedToExternalMDM' or loc.owner_state = 'other' then 'foreignOwner'
    when t.state = 'invalid' then 'invalid' when t.state <> 'valid' or loc.owner_state <> 'ours' then 'notChecked' end
  from (select loc.uid) here left join library.token t on t.location_uid = here.uid and t.serving)`;

/** SQL: what Apple said of a user `u` that it does not create; null where the user exists or nothing was refused. */
export const userRefusalOf = sql<Refusal | null>`case when u.state in ('absent', 'retired') and u.error_number is not null
  then json_build_object('number', u.error_number, 'message', u.error_message) end`;

const renew =
  'Download a new content token of the location in Apple Business Manager or Apple School Manager, and renew the token with it: the license then follows by itself.';

const gaps: Readonly<Record<CredentialGap, Reason>> = {
  noToken: {
    cause: 'The location has no content token: Apple cannot be asked.',
    who: 'administrator',
    next: 'Add a content token of the location.',
  },
  notChecked: {
    cause: 'Whether the content token of the location works is not known yet.',
    who: 'Allotment',
    next: 'Wait until the token has been synced; where that fails, the token says why.',
  },
  expired: {
    cause: 'The content token of the location has expired: Apple cannot be asked.',
    who: 'administrator',
    next: renew,
  },
  invalid: {
    cause: 'Apple takes the content token of the location no more.',
    who: 'administrator',
    next: renew,
  },
  foreignOwner: {
    cause: 'Another service manages the location: nothing is asked or written there.',
    who: 'administrator',
    next: 'Remove the token from the other service, or take the location over in the settings of the token.',
  },
};

const paused = (what: string): Reason => ({
  cause: 'The location is paused.',
  who: 'administrator',
  next: `Resume the location; ${what} is then sent to Apple.`,
});

/** Why a license is reserved and not assigned at Apple yet. */
export function grantedReason(facts: AtAppleFacts): Reason {
  if (facts.gap !== null) return gaps[facts.gap];
  if (facts.paused) return paused('the assignment');
  if (facts.userRefusal !== null) return userRefused(facts.userRefusal);
  if (facts.failure !== null)
    return {
      cause: `Apple put the license off${inWords(facts)}.`,
      who: 'Apple',
      next: 'It is sent again, after growing pauses.',
    };
  return {
    cause: 'The license is about to be assigned at Apple.',
    who: 'Allotment',
    next: 'Wait a few seconds.',
  };
}

/** Why a license that Apple was asked for is not there yet. */
export function requestedReason({ gap }: AtAppleFacts): Reason {
  if (gap !== null) return gaps[gap];
  return {
    cause: 'Apple is assigning the license.',
    who: 'Apple',
    next: 'Wait: this takes seconds to minutes.',
  };
}

/** Why a license that nobody wants any more is not back yet. */
export function returningReason(facts: AtAppleFacts): Reason {
  if (facts.gap !== null) return gaps[facts.gap];
  if (facts.requested)
    return {
      cause: 'The license is on its way back.',
      who: 'Apple',
      next: 'Wait until Apple has confirmed it.',
    };
  if (facts.paused) return paused('what takes it back');
  if (facts.braked)
    return {
      cause:
        'So many licenses of the location are to go back at once that a person is to look at it first.',
      who: 'administrator',
      next: 'Look at what is to go back, then release the brake of the location.',
    };
  if (facts.failure !== null)
    return refused(`Apple refused to take the license back${inWords(facts)}.`, facts.failure);
  return {
    cause: 'The license is about to be taken back at Apple.',
    who: 'Allotment',
    next: 'Wait a few seconds.',
  };
}

/** Two people with one Apple Account: one license of a title is all that they can have. */
const sharedAccount = 9616;

/** Why Apple did not give a license. */
export function refusedReason(facts: AtAppleFacts): Reason {
  if (facts.failure === sharedAccount)
    return {
      cause: `Somebody else with the same Apple Account has the title already${inWords(facts)}.`,
      who: 'person',
      next: 'Use an Apple Account of one’s own; the page of the person says with whom it is shared. It is tried again with growing pauses.',
    };
  return refused(`Apple refused the license${inWords(facts)}.`, facts.failure);
}

function userRefused(refusal: Refusal): Reason {
  const { number: failure, message: failureMessage } = refusal;
  return refused(
    `Apple does not create the person as a user, without whom no license can be assigned${inWords({ failure, failureMessage })}.`,
    failure,
  );
}

/** The number says who can mend it, unless it is about how Apple was asked: then Apple's counts are what can help. */
function refused(cause: string, number: number | null): Reason {
  const explained = number === null ? null : explainErrorNumber(number);
  if (explained === null || explained.who === 'us')
    return {
      cause,
      who: 'Apple',
      next: 'It is tried again with growing pauses; sync the token to read what Apple has anew.',
    };
  const { who, remedy, retryable } = explained;
  return {
    cause,
    who,
    next: retryable ? remedy : `${remedy} It is tried again with growing pauses.`,
  };
}

function inWords({
  failure,
  failureMessage,
}: Pick<AtAppleFacts, 'failure' | 'failureMessage'>): string {
  if (failure === null) return '';
  return failureMessage === null ? ` (${failure})` : ` (${failure}: ${failureMessage})`;
}
