-- People, devices by serial number, and groups of both.
create schema directory;

create table directory.person (
  id uuid primary key default gen_random_uuid(),
  user_principal_name text not null,
  display_name text not null,
  given_name text,
  surname text,
  mail text,
  department text,
  job_title text,
  managed_apple_id text,
  account_enabled boolean not null default true,
  created_at timestamptz not null,
  deleted_at timestamptz
);
comment on column directory.person.managed_apple_id is 'The Managed Apple Account the organization gave the person.';
create unique index person_name on directory.person (lower(user_principal_name)) where deleted_at is null;

create table directory.device (
  id uuid primary key default gen_random_uuid(),
  serial_number text not null unique check (serial_number = upper(serial_number)),
  display_name text,
  created_at timestamptz not null
);
comment on table directory.device is 'A device the organization knows by serial number, enrolled or not yet.';

create table directory.group (
  id uuid primary key default gen_random_uuid(),
  display_name text not null,
  description text,
  created_at timestamptz not null,
  deleted_at timestamptz
);
create index group_name on directory.group (lower(display_name));

create table directory.member (
  group_id uuid not null references directory.group on delete cascade,
  person_id uuid references directory.person on delete cascade,
  device_id uuid references directory.device on delete cascade,
  child_group_id uuid references directory.group on delete cascade,
  check (num_nonnulls(person_id, device_id, child_group_id) = 1),
  unique nulls not distinct (group_id, person_id, device_id, child_group_id)
);
create index member_person on directory.member (person_id, group_id) where person_id is not null;
create index member_device on directory.member (device_id, group_id) where device_id is not null;
create index member_child on directory.member (child_group_id) where child_group_id is not null;
create index member_parent on directory.member (group_id) where child_group_id is not null;

create table directory.import (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('people', 'devices', 'groups')),
  file_name text,
  rows jsonb not null,
  problems jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  confirmed_at timestamptz
);
comment on table directory.import is 'A CSV file read and checked; nothing is imported until somebody confirms it.';
