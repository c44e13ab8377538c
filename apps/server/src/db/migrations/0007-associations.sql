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
  op text not null check (op in ('associate', 'disassociate', 'createUsers', 'updateUsers', 'retireUsers')),
  urgent boolean not null default false,
  asset_ids integer[] not null,
  holder_ids integer[] not null,
  narrows bigint,
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
create index apple_request_narrows on associations.apple_request (narrows) where narrows is not null;
comment on column associations.apple_request.asset_ids is 'Empty where the request is about people at Apple, not about licenses.';
comment on column associations.apple_request.narrows is 'The request that was refused without naming a culprit: this one is a part of it.';
comment on column associations.apple_request.urgent is 'A person waits for it: it is sent before the others.';

create table associations.unknown_event (
  location_uid text not null references library.location,
  notification_id text not null,
  primary key (location_uid, notification_id)
);
comment on table associations.unknown_event is 'Notifications of events that are no request of ours, or of one whose eventId is not known yet: what they name is read again once that is clear.';

create table associations.apple_user (
  location_uid text not null references library.location,
  holder_id integer not null,
  person_id uuid not null,
  state text not null default 'absent' check (state in ('absent', 'registered', 'associated', 'retired')),
  due boolean not null,
  request_id bigint,
  email text,
  managed_apple_id text,
  refused_email text,
  refused_managed_apple_id text,
  invite_code bytea,
  id_hash text,
  error_number integer,
  error_message text,
  attempts smallint not null default 0,
  retry_at timestamptz,
  changed bigint not null default nextval('db.change_order'),
  primary key (location_uid, holder_id)
);
comment on table associations.apple_user is 'Our people as the users of a location at Apple. Foreign users are only counted (Law 8).';
comment on column associations.apple_user.state is 'What Apple last said. A license can be assigned from registered on, and be used from associated on.';
comment on column associations.apple_user.due is 'To be looked at: the person is to be created, may have changed, or has left.';
comment on column associations.apple_user.request_id is 'The request that is to change it: at most one is open.';
comment on column associations.apple_user.email is 'What Apple was told, as managed_apple_id.';
comment on column associations.apple_user.refused_email is 'Apple does not take it: not sent again until the person has another one. The same for refused_managed_apple_id.';
comment on column associations.apple_user.invite_code is 'Sealed: whoever has it can tie an Apple Account to the person.';
comment on column associations.apple_user.id_hash is 'Equals the account hash a device reports that uses the same Apple Account.';
comment on column associations.apple_user.changed is 'db.change_order when it last changed: a walk leaves alone what changed after it began.';
create index apple_user_due on associations.apple_user (location_uid) where due;
create index apple_user_request on associations.apple_user (request_id) where request_id is not null;
create index apple_user_person on associations.apple_user (person_id);
create index apple_user_account on associations.apple_user (id_hash) where id_hash is not null;

create table associations.people (
  location_uid text primary key references library.location,
  users_version text,
  foreign_users integer not null default 0,
  read_at timestamptz,
  read_all_at timestamptz,
  read_due_at timestamptz
);
comment on table associations.people is 'What is known of the people of a location as a whole.';
comment on column associations.people.read_all_at is 'When all users were last read; in between, only what changed.';
