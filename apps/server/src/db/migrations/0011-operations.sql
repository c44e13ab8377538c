-- Long operations on a whole location, begun by a person who was told what they do.
create schema operations;

create table operations.operation (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('revokeAll', 'deleteToken')),
  location_uid text not null references library.location,
  location_name text not null,
  token_id uuid not null,
  token_name text not null,
  state text not null default 'running' check (state in ('running', 'completed', 'canceled')),
  step text not null,
  done integer not null default 0,
  total integer not null,
  waits_for text,
  leased_until timestamptz,
  plan jsonb not null,
  result jsonb,
  reason text not null,
  requested_by text not null,
  requested_by_kind text not null,
  created_at timestamptz not null,
  step_at timestamptz not null,
  finished_at timestamptz
);
comment on table operations.operation is 'Carried on from where it stands by whichever process looks next.';
comment on column operations.operation.plan is 'What was named beforehand: what will happen, and what will not.';
comment on column operations.operation.waits_for is 'Why it does not go on now, in a sentence.';
comment on column operations.operation.token_id is 'Without a foreign key: it outlives the token.';
create unique index operation_open on operations.operation (location_uid) where state = 'running';
create index operation_created on operations.operation (created_at desc);
