import { explain } from '../delivery/index.ts';
import type { Reason } from './reasons.ts';
import { done, type Finding, groupDeleted, held, type WhyFacts } from './why-facts.ts';

const waitsForDevice: Reason = {
  cause: 'The device is about to be told.',
  who: 'Allotment',
  next: 'Wait a few seconds.',
};

const takenAhead: Reason = {
  cause: 'The license was taken ahead: the app is installed when somebody asks for it.',
  who: 'person',
  next: 'Ask for it.',
};

/** Whether the device has taken the command. */
export function findCommand({ demand, device, verdict }: WhyFacts): Finding {
  const { task = null, command = null } = device ?? {};
  if (demand?.ahead === true) {
    const nobodyCanAsk = verdict === 'suspended';
    return held('stopped', 'Nothing was sent.', nobodyCanAsk ? groupDeleted : takenAhead);
  }
  if (task === null) return held('pending', 'Nothing was sent yet.', waitsForDevice);
  const answered = task.state !== 'blocked' && task.state !== 'commanded';
  if (answered || command?.state === 'acknowledged')
    return done('The device has taken the command.', command?.sentAt ?? null);
  const sent = command === null ? null : command.sentAt;
  return held(
    'pending',
    command === null ? 'Waiting for the device.' : `The command is ${command.state}.`,
    (task.reason === null ? undefined : explain(task.reason)) ?? waitsForDevice,
    sent,
  );
}

/** What the device last reported. */
export function findInstallation({ device }: WhyFacts): Finding {
  const { task = null, installation = null } = device ?? {};
  const found =
    installation === null ? 'Not reported yet.' : `The device says ${installation.appleState}.`;
  const at = installation?.reportedAt ?? task?.changedAt ?? null;
  if (task?.state === 'installed') return done(found, at);
  const known = task === null || task.reason === null ? undefined : explain(task.reason);
  const reason = known ?? {
    cause: 'The device is installing the app.',
    who: 'device',
    next: 'Wait until it reports.',
  };
  const stopped =
    task?.state === 'failed' ||
    task?.state === 'notApplicable' ||
    task?.reason === 'removalGivenUp';
  return held(
    stopped ? 'stopped' : 'pending',
    found,
    { cause: reason.cause, who: reason.who, next: reason.next },
    at,
  );
}
