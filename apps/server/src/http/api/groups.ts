import { sql } from 'kysely';
import { type Face, pageOf, patternOf, searchQuery } from './face.ts';

interface GroupRow {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  /** Direct members by kind. */
  readonly people: number;
  readonly devices: number;
  readonly groups: number;
  readonly assignedApps: number;
}

/** GET /api/groups: the groups by name, with what is in them and what is assigned to them */
export function registerGroupViews({ app, context }: Face): void {
  app.get('/groups', { schema: { querystring: searchQuery } }, async (request) => {
    const pattern = patternOf(request.query.search);
    const { top, skip } = pageOf(request.query);
    const { rows } = await sql<GroupRow & { count: number }>`
      with page as (
        select *, count(*) over ()::int as count from directory.group
        where deleted_at is null and (${pattern}::text is null or display_name ilike ${pattern} or description ilike ${pattern})
        order by lower(display_name), id limit ${top} offset ${skip}
      )
      select page.count, page.id, page.display_name, page.description, members.*,
        (select count(distinct app_id)::int from assignments.assignment where group_id = page.id) as assigned_apps
      from page, lateral (
        select count(p.id)::int as people, count(m.device_id)::int as devices, count(g.id)::int as groups
        from directory.member m
        left join directory.person p on p.id = m.person_id and p.deleted_at is null
        left join directory.group g on g.id = m.child_group_id and g.deleted_at is null
        where m.group_id = page.id) members
      order by lower(page.display_name), page.id`.execute(context.db);
    return { count: rows[0]?.count ?? 0, value: rows.map(({ count: _count, ...row }) => row) };
  });
}
