-- What every room uses: who this installation is, notes from room to room (Law 6), and one sequence for order (Law 12).
create schema if not exists db;

create table db.installation (
  only_row boolean primary key default true check (only_row),
  id uuid not null,
  secret_check bytea not null,
  people_key bytea not null,
  created_at timestamptz not null
);
comment on column db.installation.people_key is 'Sealed. With it Apple''s names of our people are made from their ids: a restored database recognizes them.';
comment on column db.installation.secret_check is 'A known text sealed with the secret key: another key cannot open it (Law 10).';

create table db.note (
  id bigint generated always as identity primary key,
  room text not null,
  kind text not null,
  key text not null,
  hint_follows boolean not null default false,
  not_before timestamptz
);
comment on column db.note.not_before is 'Could not be acted on, and is tried again then: it holds up no other.';
comment on column db.note.hint_follows is 'Whoever left it says the hint itself, once for many: commits that say one wait for each other.';
comment on table db.note is 'What changed, for a later room to act on. Plain inserts without unique keys, drained in sets.';
create index note_room on db.note (room, id);

-- Lost in a crash of PostgreSQL, it only begins anew.
create unlogged table db.pace (
  key text primary key,
  free_at timestamptz not null
);
comment on table db.pace is 'Whoever calls one of Apple''s locations takes the next moment at which a call is allowed: one pace over all processes (Law 5).';

create sequence db.change_order;
comment on sequence db.change_order is 'Order comes from here, never from time stamps.';

-- The hint that something is to be done; the tables are the truth, and workers look by themselves too.
create function db.wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('allotment_wake', room) from (select distinct room from added where not hint_follows) as rooms;
  return null;
end $$;
create trigger wake after insert on db.note
  referencing new table as added for each statement execute function db.wake();
