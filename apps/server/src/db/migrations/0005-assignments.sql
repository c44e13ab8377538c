-- What the administrator wants.
create schema assignments;

create table assignments.assignment (
  id uuid primary key default gen_random_uuid(),
  app_id uuid not null references library.app on delete cascade,
  intent text not null check (intent in ('available', 'required', 'uninstall')),
  target text not null check (target in ('group', 'exclusionGroup', 'allUsers', 'allDevices')),
  group_id uuid references directory.group on delete cascade,
  license_type text not null default 'device' check (license_type in ('device', 'user')),
  settings jsonb not null default '{}',
  priority integer not null default 0,
  position bigint not null default nextval('db.change_order'),
  created_by text not null,
  created_at timestamptz not null,
  modified_at timestamptz not null,
  check ((target in ('group', 'exclusionGroup')) = (group_id is not null)),
  unique nulls not distinct (app_id, target, group_id)
);
create index assignment_group on assignments.assignment (group_id);
