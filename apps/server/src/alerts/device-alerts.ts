import { sql } from 'kysely';
import { pushCertificate, serverTokens } from '../devices/index.ts';
import { expiryWarning } from './expiry.ts';
import type { AlertSource, Finding } from './source.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** How long a device that changed hands is pointed out, and after how long without a word a device counts as idle. */
const handedOverDays = 30;
const otherHardwareDays = 30;
const idleDays = 90;

type Judged = Pick<Finding, 'severity' | 'stage' | 'message'>;

/** What to say of something that ends; undefined while its end is far. */
function ending(name: string, expiresAt: Date, now: Date, after: string): Judged | undefined {
  if (expiresAt <= now)
    return { severity: 'critical', stage: 6, message: `${name} has ended: ${after}.` };
  const warning = expiryWarning(expiresAt, now);
  if (warning === undefined) return undefined;
  const { severity, stage, daysLeft } = warning;
  const days = daysLeft === 0 ? 'less than a day' : daysLeft === 1 ? 'a day' : `${daysLeft} days`;
  return { severity, stage, message: `${name} ends in ${days}; then ${after}.` };
}

const pushCertificateEnds: AlertSource = {
  kind: 'pushCertificateExpires',
  subjectKind: 'server',
  everyMs: minuteMs,
  who: 'administrator',
  find: async ({ db, clock }) => {
    const certificate = await pushCertificate(db);
    if (certificate === undefined) return [];
    const judged = ending(
      'The push certificate',
      certificate.expiresAt,
      clock.now(),
      'no device can be woken',
    );
    if (judged === undefined) return [];
    const remedy =
      'Renew it at identity.apple.com/pushcert with the same Apple Account and upload it: with another account every device must enroll again.';
    return [{ ...judged, subjectId: 'push', subjectName: certificate.topic, remedy }];
  },
};

const serverTokensEnd: AlertSource = {
  kind: 'serverTokenExpires',
  subjectKind: 'server',
  everyMs: minuteMs,
  who: 'administrator',
  find: async ({ db, clock }) => {
    const tokens = await serverTokens(db);
    return tokens.flatMap(({ id, displayName, expiresAt }) => {
      const judged = ending(
        'The device enrollment token',
        expiresAt,
        clock.now(),
        'Apple assigns no devices by it any more',
      );
      if (judged === undefined) return [];
      const remedy =
        'Download a new server token of this device management service in Apple Business Manager or Apple School Manager and upload it in place of this one.';
      return [{ ...judged, subjectId: id, subjectName: displayName, remedy }];
    });
  },
};

/** One alert for all devices: they often enrolled on the same day. */
const identitiesEnd: AlertSource = {
  kind: 'deviceIdentityExpires',
  subjectKind: 'server',
  everyMs: 60 * minuteMs,
  who: 'administrator',
  find: async (context) => {
    const now = context.clock.now();
    const { rows } = await sql<{
      devices: number;
      first: Date | null;
      serialNumber: string | null;
    }>`
      select count(*)::int as devices, min(e.certificate_expires_at) as first,
        (array_agg(d.serial_number order by e.certificate_expires_at, d.serial_number))[1] as serial_number
      from devices.enrollment e join devices.device d on d.id = e.device_id
      where e.state = 'enrolled' and e.device_enrollment_id is null and e.certificate_expires_at <= ${new Date(now.getTime() + 60 * dayMs)}`.execute(
      context.db,
    );
    const [found] = rows;
    if (found === undefined || found.first === null) return [];
    const { devices, first, serialNumber } = found;
    const judged = ending(
      `The identity of ${devices === 1 ? `the device ${serialNumber}` : `${devices} devices, of ${serialNumber} first,`}`,
      first,
      now,
      'the device cannot be managed until it has a new one',
    );
    if (judged === undefined) return [];
    const remedy =
      'On the page of each device, make a renewal link and have it opened on the device. Where the identity has ended already, the link works as well.';
    return [{ ...judged, subjectId: 'identities', subjectName: 'Device identities', remedy }];
  },
};

interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly person: string | null;
}

/** Behavior 28: the store account on a device may still be that of the person before. */
const handedOver: AlertSource = {
  kind: 'deviceHandedOver',
  subjectKind: 'device',
  everyMs: minuteMs,
  who: 'person',
  find: async (context) => {
    const since = new Date(context.clock.now().getTime() - handedOverDays * dayMs);
    const { rows } = await sql<DeviceRow>`
      select d.id, coalesce(d.name, d.serial_number) as name, p.display_name as person
      from devices.device d join directory.person p on p.id = d.person_id
      where d.management_state = 'managed' and d.handed_over_at > ${since}`.execute(context.db);
    return rows.map(({ id, name, person }) => ({
      subjectId: id,
      subjectName: name,
      severity: 'information',
      message: `The device was enrolled for ${person ?? 'another person'}; before, somebody else used it.`,
      remedy:
        'Make sure that this person has signed in to the App Store on it with their own Apple Account: apps licensed to people install with no other.',
    }));
  },
};

/** The serial number is what licenses are tied to: whoever claims it gets them. */
const otherHardware: AlertSource = {
  kind: 'serialNumberOnOtherHardware',
  subjectKind: 'device',
  who: 'administrator',
  everyMs: minuteMs,
  find: async (context) => {
    const since = new Date(context.clock.now().getTime() - otherHardwareDays * dayMs);
    const { rows } = await sql<OtherHardwareRow>`
      select d.id, coalesce(d.name, d.serial_number) as name, d.serial_number, e.udid, e.replaced_udid
      from devices.enrollment e join devices.device d on d.id = e.device_id
      where e.state = 'enrolled' and e.device_enrollment_id is null and e.replaced_udid is not null and d.enrolled_at > ${since}`.execute(
      context.db,
    );
    return rows.map(({ id, name, serialNumber, udid, replacedUdid }) => ({
      subjectId: id,
      subjectName: name,
      severity: 'warning',
      message: `The serial number ${serialNumber} was enrolled by other hardware than before: its UDID was ${replacedUdid} and is ${udid}.`,
      remedy:
        'That is in order after a repair of the main board. Otherwise somebody claims the serial number of another device and gets its apps: find both, and delete the managed device, so that its licenses go back.',
    }));
  },
};

/** A device that lies, or one whose main board was replaced: who of the two it is only a person can see. */
const claimed: AlertSource = {
  kind: 'serialNumberClaimed',
  subjectKind: 'device',
  who: 'administrator',
  everyMs: minuteMs,
  find: async (context) => {
    const since = new Date(context.clock.now().getTime() - otherHardwareDays * dayMs);
    const { rows } = await sql<Pick<DeviceRow, 'id' | 'name'> & ClaimRow>`
      select d.id, coalesce(d.name, d.serial_number) as name, d.serial_number, d.claimed_udid
      from devices.device d
      where d.management_state = 'managed' and d.claimed_at > ${since}`.execute(context.db);
    return rows.map(({ id, name, serialNumber, claimedUdid }) => ({
      subjectId: id,
      subjectName: name,
      severity: 'warning',
      message: `Other hardware tried to enroll with the serial number ${serialNumber}, and was refused: its UDID is ${claimedUdid}.`,
      remedy:
        'Find the device that used the enrollment link. If it is the right one, with a new main board or because the managed one lied, delete the managed device and enroll it with a new link. Otherwise it claims the serial number of another device: leave it refused.',
    }));
  },
};

/** Behavior 58: nobody stands before a kiosk who could sign in. */
const kioskByUser: AlertSource = {
  kind: 'kioskWithUserLicense',
  subjectKind: 'device',
  everyMs: minuteMs,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<Pick<DeviceRow, 'id' | 'name'> & { apps: number }>`
      select d.id, coalesce(d.name, d.serial_number) as name, count(distinct p.asset_id)::int as apps
      from devices.device d join grants.placement p on p.device_id = d.id and not p.leaving and p.refused is null
      where d.kiosk and d.management_state = 'managed'
      group by d.id`.execute(context.db);
    return rows.map(({ id, name, apps }) => ({
      subjectId: id,
      subjectName: name,
      severity: 'warning',
      message: `The device is a kiosk and is to get ${apps === 1 ? 'an app' : `${apps} apps`} by user licenses: nobody can sign in there.`,
      remedy: 'Assign to its group with device licenses.',
    }));
  },
};

/** Devices that were made known by serial number, or enrolled, and do not come; one alert for all of them. */
const idle: AlertSource = {
  kind: 'devicesIdle',
  subjectKind: 'server',
  everyMs: 60 * minuteMs,
  who: 'administrator',
  find: async (context) => {
    const before = new Date(context.clock.now().getTime() - idleDays * dayMs);
    const { rows } = await sql<IdleRow>`
      select count(*)::int as devices, count(*) filter (where d.enrolled_at is null)::int as never,
        min(known.serial_number) as serial_number,
        coalesce(sum((select count(*) from library.holder h join grants.demand g on g.holder_id = h.id
          where h.kind = 'device' and h.key = known.serial_number and g.granted)), 0)::int as licenses
      from directory.device known left join devices.device d on d.directory_device_id = known.id
      where coalesce(d.last_check_in_at, known.created_at) < ${before}
        and coalesce(d.management_state, 'discovered') <> 'unenrolled'`.execute(context.db);
    const [found] = rows;
    if (found === undefined || found.devices === 0) return [];
    const { devices, never, serialNumber, licenses } = found;
    return [
      {
        subjectId: 'idle',
        subjectName: 'Idle devices',
        severity: 'information',
        message: `${devices === 1 ? `The device ${serialNumber} was` : `${devices} devices, ${serialNumber} among them, were`} not seen for ${idleDays} days; ${never} never enrolled. Licenses they hold: ${licenses}.`,
        remedy:
          'Find and enroll them, or take them out of their groups or their licenses back, so that others can use those.',
      },
    ];
  },
};

interface OtherHardwareRow {
  readonly id: string;
  readonly name: string;
  readonly serialNumber: string;
  readonly udid: string;
  readonly replacedUdid: string;
}

interface ClaimRow {
  readonly serialNumber: string;
  readonly claimedUdid: string;
}

interface IdleRow {
  readonly devices: number;
  readonly never: number;
  readonly serialNumber: string | null;
  readonly licenses: number;
}

/** What about devices, and about what they are managed with, needs somebody. */
export const deviceAlerts: readonly AlertSource[] = [
  pushCertificateEnds,
  serverTokensEnd,
  identitiesEnd,
  handedOver,
  otherHardware,
  claimed,
  kioskByUser,
  idle,
];
