-- Who may sign in, and what was done.
create schema identity;

create table identity.administrator (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  sign_in_name text not null,
  password_hash text not null,
  role text not null default 'administrator' check (role in ('administrator', 'reader')),
  created_at timestamptz not null,
  disabled_at timestamptz
);
create unique index administrator_sign_in_name on identity.administrator (lower(sign_in_name));

create table identity.session (
  secret_hash bytea primary key,
  administrator_id uuid not null references identity.administrator on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create table identity.api_token (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  role text not null check (role in ('administrator', 'reader')),
  secret_hash bytea not null unique,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table identity.sign_in_link (
  secret_hash bytea primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table identity.sign_in_failure (
  sign_in_name text not null,
  at timestamptz not null
);
comment on table identity.sign_in_failure is 'Failed attempts of the last quarter of an hour, by name in lower case: ten of them close the name.';
create index sign_in_failure_lately on identity.sign_in_failure (sign_in_name, at);

create schema audit;
create table audit.entry (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('administrator', 'apiToken', 'system', 'cli')),
  actor_id text,
  actor_name text not null,
  action text not null,
  target_kind text not null,
  target_id text not null,
  target_name text,
  reason text,
  detail jsonb not null default '{}'
);
create index entry_target on audit.entry (target_kind, target_id, id desc);
