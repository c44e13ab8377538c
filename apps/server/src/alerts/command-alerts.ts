import { sql } from 'kysely';
import type { AlertSource } from './source.ts';

const minuteMs = 60_000;
/** What devices did not understand stays pointed out for a week after the last of them said so. */
const rememberedMs = 7 * 24 * 60 * minuteMs;

interface MalformedRow {
  readonly requestType: string;
  readonly devices: number;
}

/** Commands of a kind that devices cannot read: a fault of this program, on which nobody else would stumble. */
const malformedCommands: AlertSource = {
  kind: 'commandNotUnderstood',
  subjectKind: 'command',
  everyMs: 5 * minuteMs,
  who: 'Allotment',
  find: async (context) => {
    const since = new Date(context.clock.now().getTime() - rememberedMs);
    const { rows } = await sql<MalformedRow>`
      select request_type, count(distinct device_id)::int as devices from devices.command
      where result ->> 'status' = 'CommandFormatError' and answered_at > ${since}
      group by request_type`.execute(context.db);
    return rows.map(({ requestType, devices }) => ({
      subjectId: requestType,
      subjectName: requestType,
      severity: 'warning',
      message: `${devices === 1 ? 'One device does' : `${devices} devices do`} not understand the command ${requestType} of this server.`,
      remedy:
        'Update Allotment; if it is up to date, report the fault with the log lines of the device.',
    }));
  },
};

interface RefusedRow {
  readonly topic: string;
  readonly problem: string;
}

/** Apple refuses the push certificate: no device is woken until it is replaced. */
const pushRefused: AlertSource = {
  kind: 'pushCertificateRefused',
  subjectKind: 'server',
  everyMs: minuteMs,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<RefusedRow>`
      select topic, problem from devices.push_certificate where problem is not null`.execute(
      context.db,
    );
    return rows.map(({ topic, problem }) => ({
      subjectId: topic,
      subjectName: topic,
      severity: 'critical',
      message: `Apple refuses the push certificate (${problem}): no device is woken.`,
      remedy:
        'Renew the certificate at identity.apple.com/pushcert with the same Apple Account, and upload it here.',
    }));
  },
};

/** What about the commands and pushes themselves needs somebody. */
export const commandAlerts: readonly AlertSource[] = [malformedCommands, pushRefused];
