import { type RawBuilder, sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';
import { leaveNotes } from '../db/notes.ts';
import type { ImportKind, ImportProblem } from './import-rows.ts';

export interface ImportSummary {
  readonly created: number;
  readonly updated: number;
  /** Groups the file names that are not there yet. */
  readonly groupsCreated: number;
}

interface Checked {
  readonly problems: readonly ImportProblem[];
  readonly summary: ImportSummary;
}

interface Written {
  readonly summary: ImportSummary;
  readonly changedGroupIds: readonly string[];
}

/** The rows of a staged file as a table. */
const rowsOf = (id: string): RawBuilder<unknown> => sql`(
  select r.* from directory.import i, jsonb_to_recordset(i.rows) as r (
    line integer, "userPrincipalName" text, "displayName" text, "givenName" text, surname text, mail text,
    department text, "jobTitle" text, "managedAppleId" text, "serialNumber" text, "group" text, "memberUserPrincipalName" text, "memberSerialNumber" text)
  where i.id = ${id})`;

/** What the file would do, and what stands against it in the directory as it is now. */
export async function checkAgainstDirectory(
  db: Database,
  kind: ImportKind,
  id: string,
): Promise<Checked> {
  const groupsCreated = await countNewGroups(db, id);
  if (kind === 'people') {
    const counts = await countPeople(db, id);
    return { problems: await findProgramAccounts(db, id), summary: { ...counts, groupsCreated } };
  }
  if (kind === 'devices') {
    const problems = await findAmbiguousGroups(db, id);
    return { problems, summary: { ...(await countDevices(db, id)), groupsCreated } };
  }
  const problems = [...(await findAmbiguousGroups(db, id)), ...(await findUnknownMembers(db, id))];
  const created = await countNewMembers(db, id);
  return {
    problems: problems.sort((one, other) => one.line - other.line),
    summary: { created, updated: 0, groupsCreated },
  };
}

/** Imports the rows, a few statements whatever their number. */
export async function writeImport(
  trx: Trx,
  kind: ImportKind,
  id: string,
  now: Date,
): Promise<Written> {
  if (kind === 'people') return writePeople(trx, id, now);
  const groupsCreated = await writeGroups(trx, id, now);
  const counts = kind === 'devices' ? await writeDevices(trx, id, now) : undefined;
  const { rows } = await sql<{ groupId: string }>`
    insert into directory.member (group_id, person_id, device_id)
    select g.id, p.id, d.id
    from ${rowsOf(id)} r
    join directory.group g on lower(g.display_name) = lower(r."group") and g.deleted_at is null
    left join directory.person p on lower(p.user_principal_name) = lower(r."memberUserPrincipalName") and p.deleted_at is null
    left join directory.device d on d.serial_number = upper(coalesce(r."memberSerialNumber", r."serialNumber"))
    where num_nonnulls(p.id, d.id) = 1
    on conflict do nothing returning group_id`.execute(trx);
  return {
    summary: { ...(counts ?? { created: rows.length, updated: 0 }), groupsCreated },
    changedGroupIds: [...new Set(rows.map((row) => row.groupId))],
  };
}

async function writePeople(trx: Trx, id: string, now: Date): Promise<Written> {
  const { rows } = await sql<{ id: string; created: boolean; account: boolean }>`
    insert into directory.person as p
      (user_principal_name, display_name, given_name, surname, mail, department, job_title, managed_apple_id, created_at)
    select "userPrincipalName", "displayName", "givenName", surname, mail, department, "jobTitle", "managedAppleId", ${now} from ${rowsOf(id)} r
    on conflict (lower(user_principal_name)) where deleted_at is null do update set
      display_name = excluded.display_name,
      given_name = coalesce(excluded.given_name, p.given_name),
      surname = coalesce(excluded.surname, p.surname),
      mail = coalesce(excluded.mail, p.mail),
      department = coalesce(excluded.department, p.department),
      job_title = coalesce(excluded.job_title, p.job_title),
      managed_apple_id = coalesce(excluded.managed_apple_id, p.managed_apple_id)
    returning p.id, xmax = 0 as created, p.managed_apple_id is not null as account`.execute(trx);
  await leaveNotes(
    trx,
    'associations',
    rows.filter((row) => !row.created).map((row) => ({ kind: 'person', key: row.id })),
  );
  // With a Managed Apple Account, devices under User Enrollment can use what they could not before (behavior L17).
  await leaveNotes(
    trx,
    'grants',
    rows
      .filter((row) => !row.created && row.account)
      .map((row) => ({ kind: 'person', key: row.id })),
  );
  const created = rows.filter((row) => row.created).length;
  return {
    summary: { created, updated: rows.length - created, groupsCreated: 0 },
    changedGroupIds: [],
  };
}

async function writeDevices(
  trx: Trx,
  id: string,
  now: Date,
): Promise<Pick<ImportSummary, 'created' | 'updated'>> {
  const { rows } = await sql<{ created: boolean }>`
    insert into directory.device as d (serial_number, display_name, created_at)
    select upper("serialNumber"), "displayName", ${now} from ${rowsOf(id)} r
    on conflict (serial_number) do update set display_name = coalesce(excluded.display_name, d.display_name)
    returning xmax = 0 as created`.execute(trx);
  const created = rows.filter((row) => row.created).length;
  return { created, updated: rows.length - created };
}

async function writeGroups(trx: Trx, id: string, now: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into directory.group (display_name, created_at)
    select min(r."group"), ${now} from ${rowsOf(id)} r
    where r."group" is not null and not exists (
      select from directory.group g where lower(g.display_name) = lower(r."group") and g.deleted_at is null)
    group by lower(r."group")`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

async function countPeople(
  db: Database,
  id: string,
): Promise<Pick<ImportSummary, 'created' | 'updated'>> {
  const { rows } = await sql<{ created: number; updated: number }>`
    select count(*) filter (where p.id is null)::int as created, count(p.id)::int as updated
    from ${rowsOf(id)} r left join directory.person p
      on lower(p.user_principal_name) = lower(r."userPrincipalName") and p.deleted_at is null`.execute(
    db,
  );
  return rows[0] ?? { created: 0, updated: 0 };
}

async function countDevices(
  db: Database,
  id: string,
): Promise<Pick<ImportSummary, 'created' | 'updated'>> {
  const { rows } = await sql<{ created: number; updated: number }>`
    select count(*) filter (where d.id is null)::int as created, count(d.id)::int as updated
    from ${rowsOf(id)} r left join directory.device d on d.serial_number = upper(r."serialNumber")`.execute(
    db,
  );
  return rows[0] ?? { created: 0, updated: 0 };
}

async function countNewGroups(db: Database, id: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct lower(r."group"))::int as n from ${rowsOf(id)} r
    where r."group" is not null and not exists (
      select from directory.group g where lower(g.display_name) = lower(r."group") and g.deleted_at is null)`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

async function countNewMembers(db: Database, id: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${rowsOf(id)} r
    left join directory.group g on lower(g.display_name) = lower(r."group") and g.deleted_at is null
    left join directory.person p on lower(p.user_principal_name) = lower(r."memberUserPrincipalName") and p.deleted_at is null
    left join directory.device d on d.serial_number = upper(r."memberSerialNumber")
    where num_nonnulls(p.id, d.id) = 1 and not exists (
      select from directory.member m where m.group_id = g.id and (m.person_id = p.id or m.device_id = d.id))`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** Names are how a file speaks of groups, and two groups may share one. */
async function findAmbiguousGroups(db: Database, id: string): Promise<readonly ImportProblem[]> {
  const { rows } = await sql<ImportProblem>`
    select min(r.line) as line, 'group' as field,
      'There are several groups named "' || min(r."group") || '"; rename them first, so that a name means one group.' as message
    from ${rowsOf(id)} r
    where (select count(*) from directory.group g where lower(g.display_name) = lower(r."group") and g.deleted_at is null) > 1
    group by lower(r."group") order by 1`.execute(db);
  return rows;
}

/** Accounts that manage a content token: none of them works in the store (behavior 25). */
async function findProgramAccounts(db: Database, id: string): Promise<readonly ImportProblem[]> {
  const { rows } = await sql<ImportProblem>`
    select r.line, 'managedAppleId' as field, '"' || r."managedAppleId" || '" manages the content token "' || min(t.display_name)
      || '"; such an account does not work in the store. Enter the person''s own.' as message
    from ${rowsOf(id)} r join library.token t on lower(t.apple_id) = lower(r."managedAppleId")
    group by r.line, r."managedAppleId" order by 1 limit 100`.execute(db);
  return rows;
}

async function findUnknownMembers(db: Database, id: string): Promise<readonly ImportProblem[]> {
  const { rows } = await sql<ImportProblem>`
    select r.line, 'memberUserPrincipalName' as field,
      'There is no person "' || r."memberUserPrincipalName" || '"; import people first.' as message
    from ${rowsOf(id)} r
    where r."memberUserPrincipalName" is not null and not exists (
      select from directory.person p where lower(p.user_principal_name) = lower(r."memberUserPrincipalName") and p.deleted_at is null)
    union all
    select r.line, 'memberSerialNumber',
      'There is no device "' || r."memberSerialNumber" || '"; import devices first.'
    from ${rowsOf(id)} r
    where r."memberSerialNumber" is not null and not exists (
      select from directory.device d where d.serial_number = upper(r."memberSerialNumber"))
    order by 1 limit 100`.execute(db);
  return rows;
}
