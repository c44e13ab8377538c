import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { type Explained, awaitsPersonsRelease, explainPair, waits } from '../grants/index.ts';
import { gapOf, userRefusalOf } from './at-apple.ts';
import type { WhyFacts, WhyStep, WhyTarget } from './why-facts.ts';
import { whySteps } from './why-steps.ts';

/** How far an app is for a device or a person, and why it is not further. */
export interface Why {
  readonly licenseType: 'device' | 'user' | null;
  readonly targets: readonly WhyTarget[];
  readonly steps: readonly WhyStep[];
  /** The step at which it waits; null when the app is where it is to be. */
  readonly stopsAt: WhyStep['step'] | null;
  /** Whether somebody took the license back by hand: no assignment grants it before the hold is lifted. */
  readonly onHold: boolean;
}

/** Whom the question is about. */
export interface Whom {
  readonly assetId: number;
  readonly deviceId: string | null;
  readonly personId: string | null;
}

/** Follows an app from its assignments to the device or person, as things are now (Law 9). */
export async function explainWhy(context: Context, whom: Whom): Promise<Why> {
  const explained = await explainPair(context, whom);
  const targets = await readTargets(context.db, whom);
  const facts = await readFacts(context.db, whom, explained);
  const steps = whySteps({
    ...facts,
    targets,
    verdict: explained.verdict,
    notApplicable: explained.notApplicable,
  });
  return {
    licenseType: explained.licenseType,
    targets,
    steps,
    stopsAt: steps.find((step) => step.state !== 'done')?.step ?? null,
    onHold: facts.hold !== null,
  };
}

/**
 * The assignments that reach the device, itself or through its person, or the person; the first to decide first. A
 * deleted person is reached by none.
 */
async function readTargets(db: Database, whom: Whom): Promise<readonly WhyTarget[]> {
  const { rows } = await sql<WhyTarget>`
    with recursive subject as (
      select dev.directory_device_id, p.id as person_id
      from (select ${whom.deviceId}::uuid as id) asked left join devices.device dev on dev.id = asked.id
      left join directory.person p on p.id = coalesce(dev.person_id, ${whom.personId}::uuid) and p.deleted_at is null
    ), above (group_id, by_person, nested, suspended) as (
      select m.group_id, m.person_id is not null and s.directory_device_id is not null, false, g.deleted_at is not null from subject s
      join directory.member m on m.device_id = s.directory_device_id or m.person_id = s.person_id
      join directory.group g on g.id = m.group_id
      union
      select m.group_id, a.by_person, true, a.suspended or g.deleted_at is not null from above a
      join directory.member m on m.child_group_id = a.group_id
      join directory.group g on g.id = m.group_id
    ), reached as (
      select group_id, by_person, bool_and(nested) as nested, bool_and(suspended) as suspended from above group by group_id, by_person
    )
    select a.intent, a.target, a.license_type, a.priority, g.display_name as group_name, g.deleted_at is not null as group_deleted,
      coalesce(r.by_person, a.target = 'allUsers' and s.directory_device_id is not null) as by_person,
      coalesce(r.nested, false) as nested, coalesce(r.suspended, false) as suspended, a.modified_at as since
    from subject s cross join assignments.assignment a
    join library.app app on app.id = a.app_id and app.asset_id = ${whom.assetId}
    left join reached r on r.group_id = a.group_id
    left join directory.group g on g.id = a.group_id
    where r.group_id is not null or (a.target = 'allUsers' and s.person_id is not null)
      or (a.target = 'allDevices' and s.directory_device_id is not null)
    order by a.target = 'exclusionGroup', a.priority desc, a.license_type, a.position`.execute(db);
  return rows;
}

const isSilent = (device: string) =>
  sql`exists (select from grants.silent_device q where q.device_id = ${sql.ref(`${device}.id`)})`;

/** SQL: whether the device `dev` that is asked about can be given something, or the person by a device; as a decision has it. */
function useOf({ personId }: Whom) {
  return sql`case
    when asked.id is null then case when exists (select from devices.device used where used.person_id = ${personId}::uuid
      and used.management_state = 'managed' and not ${isSilent('used')}) then 'inUse' else 'noDevice' end
    when dev.management_state = 'discovered' then 'notEnrolled'
    when dev.management_state <> 'managed' then coalesce(dev.left_as, 'left')
    when ${isSilent('dev')} then 'silent' else 'inUse' end`;
}

type Facts = Omit<WhyFacts, 'targets' | 'verdict' | 'notApplicable'>;

/** A device that has something of the app by a license it is no longer meant to have is shown by that one. */
async function readFacts(db: Database, whom: Whom, { holderId }: Explained): Promise<Facts> {
  const { rows } = await sql<{ facts: Facts }>`
    with one as (
      select coalesce(${holderId}::int, p.holder_id, own.id, person.id) as holder_id, p.refused, ${useOf(whom)} as use,
        p.holder_id as placed_by, p.leaving
      from (select ${whom.deviceId}::uuid as id) asked
      left join devices.device dev on dev.id = asked.id
      left join grants.placement p on p.asset_id = ${whom.assetId} and p.device_id = dev.id
      left join library.holder own on own.kind = 'device' and own.key = dev.serial_number
      left join library.holder person on asked.id is null and person.person_id = ${whom.personId}
    )
    select json_build_object(
      'demand', case when d.asset_id is not null then json_build_object('wanted', d.wanted, 'granted', d.granted, 'held', d.held,
        'found', d.found, 'ahead', d.ahead, 'failure', d.failure, 'failureMessage', d.failure_message, 'retryAt', d.retry_at,
        'stoppedReason', d.stopped_reason, 'endsAt', d.ends_at, 'since', d.since, 'changedAt', d.changed_at,
        'position', case when ${waits('d')} then (
          select count(*) + 1 from grants.demand o where o.asset_id = d.asset_id and ${waits('o')}
            and (o.priority > d.priority or (o.priority = d.priority and o.position < d.position))) end) end,
      'coveredBy', (select l.name from library.asset c join library.location l on l.uid = c.location_uid where c.id = d.covered_by),
      'hold', case when h.asset_id is not null then json_build_object('reason', h.reason, 'by', h.created_by, 'at', h.created_at) end,
      'closedByPerson', s.closed_to_grants, 'closedByApple', s.closed_reason,
      'unreleased', ${awaitsPersonsRelease('d')},
      'refused', one.refused is not null,
      'use', one.use,
      'serves', holder.kind is distinct from 'person' or ${whom.deviceId}::uuid is null or coalesce(one.placed_by = one.holder_id and one.refused is null and not one.leaving, false),
      'gap', ${gapOf}, 'userRefusal', ${userRefusalOf},
      'paused', case when loc.paused_at is not null then coalesce(loc.paused_reason, '') end,
      'request', case when r.id is not null then json_build_object('state', r.state, 'sentAt', r.sent_at,
        'errorNumber', r.error_number, 'errorMessage', r.error_message) end,
      'personState', case when holder.kind = 'person' then coalesce(u.state, 'absent') end,
      'device', case when dev.id is not null then json_build_object(
        'task', case when k.device_id is not null then json_build_object('state', k.state, 'reason', k.reason, 'changedAt', k.changed_at) end,
        'command', case when m.id is not null then json_build_object('state', m.state, 'sentAt', m.sent_at) end,
        'installation', case when v.device_id is not null then json_build_object('appleState', v.status, 'reportedAt', v.reported_at) end) end
    ) as facts
    from one
    join library.asset a on a.id = ${whom.assetId}
    join library.location loc on loc.uid = a.location_uid
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join library.holder holder on holder.id = one.holder_id
    left join grants.stock s on s.asset_id = a.id
    left join grants.demand d on d.asset_id = a.id and d.holder_id = one.holder_id
    left join grants.hold h on h.asset_id = a.id and h.holder_id = one.holder_id
    left join grants.open_change c on c.asset_id = a.id and c.holder_id = one.holder_id
    left join associations.apple_request r on r.id = c.request_id
    left join associations.apple_user u on u.location_uid = a.location_uid and u.holder_id = one.holder_id
    left join devices.device dev on dev.id = ${whom.deviceId}::uuid
    left join delivery.task k on k.device_id = dev.id and k.bundle_id = t.bundle_id
    left join devices.command m on m.id = k.command_id
    left join devices.managed_app v on v.device_id = dev.id and v.bundle_id = t.bundle_id`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`The asset ${whom.assetId} is not there.`);
  return withDates(row.facts);
}

/** JSON knows no times: those of the database's are its texts. */
function withDates(facts: Facts): Facts {
  const isTime = /^(?:at|since|\w+At)$/;
  return JSON.parse(JSON.stringify(facts), (key, value: unknown) =>
    typeof value === 'string' && isTime.test(key) ? new Date(value) : value,
  );
}
