-- Few, large requests to Apple, each a row until settled (Laws 3, 5).
create schema associations;

create table associations.lease (
  location_uid text primary key references library.location,
  epoch bigint not null,
  owner uuid not null,
  expires_at timestamptz not null,
  failures smallint not null default 0,
  quiet_until timestamptz
);
comment on table associations.lease is 'Who may post for a location. A request written under an older epoch may not be sent.';
comment on column associations.lease.quiet_until is 'Apple did not answer as it should: nothing is asked or sent for the location before this.';
comment on column associations.lease.failures is 'How often in a row: the pause grows with it.';

create table associations.apple_request (
  id bigint generated always as identity primary key,
  location_uid text not null references library.location,
  op text not null check (op in ('associate', 'disassociate')),
  asset_ids integer[] not null,
  holder_ids integer[] not null,
  epoch bigint not null,
  state text not null default 'planned'
    check (state in ('planned', 'sending', 'accepted', 'unknown', 'settled', 'refused', 'abandoned')),
  event_id text,
  attempts smallint not null default 0,
  next_check_at timestamptz,
  error_number integer,
  error_message text,
  created_at timestamptz not null,
  sent_at timestamptz,
  accepted_at timestamptz,
  settled_at timestamptz
);
create unique index apple_request_event on associations.apple_request (location_uid, event_id) where event_id is not null;
create index apple_request_open on associations.apple_request (location_uid, next_check_at)
  where state in ('planned', 'sending', 'accepted', 'unknown');
