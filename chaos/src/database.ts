import type { Client } from 'pg';
import type { Violation } from './judge.ts';

/** What the database must say at every moment; a rule and the rows that break it. */
const rules: Readonly<Record<string, string>> = {
  seatsMiscounted: `select s.asset_id, s.taken, count(d.holder_id)::int as granted
    from grants.stock s left join grants.demand d on d.asset_id = s.asset_id and d.granted
    group by s.asset_id having s.taken <> count(d.holder_id)`,
  seatWithoutPurpose: `select d.asset_id, d.holder_id from grants.demand d
    where d.granted and not d.held
      and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)`,
  openWithoutSeat: `select c.asset_id, c.holder_id, c.op from grants.open_change c
    left join grants.demand d on d.asset_id = c.asset_id and d.holder_id = c.holder_id
    where d.granted is distinct from true`,
  openedWhileClosed: `select c.asset_id, c.holder_id, c.created_at, l.closed_at from grants.open_change c
    join library.asset a on a.id = c.asset_id join grants.closed_location l on l.location_uid = a.location_uid
    where c.op = 'associate' and c.created_at > l.closed_at`,
};

/** Looks at the server's database, in one snapshot a rule. */
export async function inspect(database: Client): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await database.query<Record<string, unknown>>(query);
    violations.push(...rows.map((row) => ({ rule, detail: JSON.stringify(row) })));
  }
  return violations;
}

/** The server's own account of what it asked Apple for, as JSON lines: read beside the journal, it explains a violation. */
export async function requestsOf(database: Client): Promise<readonly string[]> {
  const { rows } = await database.query<{ line: string }>(
    'select row_to_json(r)::text as line from associations.apple_request r order by id',
  );
  return rows.map(({ line }) => line);
}

/** Who wants, has and waits for what, with the change that is open for it, as JSON. */
export async function demandOf(database: Client): Promise<readonly string[]> {
  const { rows } = await database.query<{ line: string }>(
    `select row_to_json(one)::text as line from (
       select a.location_uid, a.adam_id, h.key, d.*, c.op, c.request_id, c.not_before
       from grants.demand d join library.asset a on a.id = d.asset_id join library.holder h on h.id = d.holder_id
       left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
       order by a.id, h.id) one`,
  );
  return rows.map(({ line }) => line);
}

/** PostgreSQL's classes of errors that no correct program meets: broken constraints, deadlocks, wrong statements. */
const refusals = /"code":"((?:22|23|40|42|25)[0-9A-Z]{3})"/;

/** What the database had to refuse: the last guard of Law 4, a deadlock, a broken key. */
export function refusedByDatabase(log: readonly string[]): readonly Violation[] {
  return log.flatMap((line) => {
    const code = refusals.exec(line)?.[1];
    return code === undefined
      ? []
      : [{ rule: 'refusedByDatabase', detail: `${code}: ${line.slice(0, 600)}` }];
  });
}
