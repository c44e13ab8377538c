import { type LicenseState, licenseState } from '@allotment/licensing';
import {
  awaitsPerson,
  licenseReason,
  lostTwice,
  type Reason,
  takenByHand,
  tooManyDevices,
} from './reasons.ts';
import { unfit } from './unfit-reasons.ts';
import { findAssignment } from './why-assignment.ts';
import { findCommand, findInstallation } from './why-device.ts';
import { done, type Finding, held, stepNames, type WhyFacts, type WhyStep } from './why-facts.ts';

/** The whole chain from assignment to installed: each step as far as the one before is done. */
export function whySteps(facts: WhyFacts): readonly WhyStep[] {
  let goesOn = true;
  return stepNames.flatMap((step) => {
    const find = finders[step];
    if (!isAsked(step, facts)) return [];
    const finding: Finding = goesOn ? find(facts) : notReached;
    goesOn &&= finding.state === 'done';
    return [{ step, ...finding }];
  });
}

function isAsked(step: WhyStep['step'], { device, personState }: WhyFacts): boolean {
  if (step === 'account') return personState !== null;
  return device !== null || (step !== 'command' && step !== 'installation');
}

const notReached: Finding = { state: 'notReached', at: null, found: '', reason: null };

const finders: Readonly<Record<WhyStep['step'], (facts: WhyFacts) => Finding>> = {
  assignment: findAssignment,
  applicability: ({ notApplicable }) =>
    notApplicable === null
      ? done('It can run there.')
      : held('stopped', 'Not applicable.', unfit[notApplicable]),
  license: findLicense,
  association: findAssociation,
  account: ({ personState }) =>
    personState === 'associated'
      ? done('The person’s Apple Account is tied to their licenses.')
      : held('stopped', `At Apple the person is ${personState ?? 'absent'}.`, awaitsPerson),
  command: findCommand,
  installation: findInstallation,
};

function findLicense(facts: WhyFacts): Finding {
  const { demand, hold, coveredBy, refused } = facts;
  if (hold !== null)
    return held(
      'stopped',
      `Taken back by hand by ${hold.by}: ${hold.reason}`,
      takenByHand(hold.by, hold.reason),
      hold.at,
    );
  if (coveredBy !== null)
    return done(`Served by another license of the same title, in ${coveredBy}.`);
  if (refused) return held('stopped', 'Refused.', tooManyDevices);
  if (demand === null || !demand.wanted)
    return held('pending', 'Being decided.', {
      cause: 'The decision is being made.',
      who: 'Allotment',
      next: 'Wait a few seconds.',
    });
  if (demand.stoppedReason !== null)
    return held('stopped', 'Lost twice.', lostTwice, demand.changedAt);
  if (demand.granted || demand.held || demand.found)
    return done(
      demand.found
        ? 'Apple had assigned it already: no license of ours is used.'
        : 'It has a license.',
      demand.since,
    );
  return held(
    'stopped',
    'It waits for a license.',
    reasonOf(licenseState({ ...demand, covered: false, requested: false }), facts),
    demand.since,
  );
}

function reasonOf(state: LicenseState, facts: WhyFacts): Reason {
  const { demand, closedByPerson, closedByApple, unreleased, paused, request, gap, userRefusal } =
    facts;
  const reason = licenseReason(state, {
    // A step of its own.
    stopped: false,
    closedByPerson,
    closedByApple,
    unreleased,
    position: demand?.position ?? null,
    requested: request !== null,
    gap,
    paused: paused !== null,
    // What is to go back is not assigned, and the chain ends there.
    braked: false,
    userRefusal,
    failure: demand?.failure ?? null,
    failureMessage: demand?.failureMessage ?? null,
  });
  if (reason === null) throw new Error(`The license state ${state} has no reason.`);
  return reason;
}

function findAssociation(facts: WhyFacts): Finding {
  const { demand, request, coveredBy } = facts;
  if (coveredBy !== null || demand === null) return done('Assigned at Apple by the other license.');
  const state = licenseState({ ...demand, covered: false, requested: request !== null });
  if (state === 'held' || state === 'found')
    return done('Assigned at Apple.', state === 'held' ? demand.changedAt : null);
  const found =
    request === null
      ? 'Not sent yet.'
      : `${requestWords[request.state] ?? request.state}${request.errorNumber === null ? '' : `, ${request.errorNumber}: ${request.errorMessage ?? ''}`}`;
  const { paused, gap, userRefusal } = facts;
  const stopped = request === null && (paused !== null || gap !== null || userRefusal !== null);
  return held(
    stopped ? 'stopped' : 'pending',
    found,
    reasonOf(state, facts),
    request?.sentAt ?? null,
  );
}

const requestWords: Readonly<Record<string, string>> = {
  planned: 'About to be sent',
  sending: 'Being sent',
  accepted: 'Accepted by Apple',
  unknown: 'Sent, and Apple’s answer was lost: it is asked what became of it',
};
