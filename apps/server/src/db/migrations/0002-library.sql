-- What Apple says we own, and to whom it is assigned.
create schema library;

create table library.setting (
  only_row boolean primary key default true check (only_row),
  token_limit integer not null default 256 check (token_limit between 1 and 3000)
);
comment on column library.setting.token_limit is 'So many tokens are taken and no more (behavior 23).';
insert into library.setting default values;

create table library.location (
  uid text primary key,
  name text not null,
  country text,
  default_platform text,
  website_url text,
  owner_state text not null default 'unknown' check (owner_state in ('ours', 'other', 'none', 'unknown')),
  take_over boolean not null default false,
  other_owner_id text,
  other_owner_name text,
  paused_at timestamptz,
  paused_by text,
  paused_reason text,
  paused_cause text check (paused_cause in ('person', 'copy', 'deletion')),
  lineage text,
  next_lineage text,
  lineage_at timestamptz,
  lineage_known boolean not null default true,
  assets_version text,
  assignments_version text,
  walked_at timestamptz,
  compare_at timestamptz,
  notification_id uuid not null unique default gen_random_uuid(),
  notification_secret bytea,
  secret_before bytea,
  secret_before_until timestamptz,
  subscribed_at timestamptz,
  notifications text not null default 'off' check (notifications in ('off', 'on', 'failed')),
  notifications_error text,
  last_notification_at timestamptz,
  managed_apple_id_from text not null default 'directory' check (managed_apple_id_from in ('directory', 'userPrincipalName')),
  created_at timestamptz not null
);
comment on table library.location is 'An Apple location (library); uid is Apple''s uId, the identity of its licenses (Law 1).';
comment on column library.location.take_over is 'A person wants it taken over from whoever manages it at Apple; done by the next sync, and once.';
comment on column library.location.managed_apple_id_from is 'Where a person''s Managed Apple Account is written: in the field of that name, or it is the user principal name.';
comment on column library.location.paused_cause is 'Who lifts it: what a deletion has paused is lifted with it, all else by a person.';
comment on column library.location.lineage is 'The mark we left in Apple''s mdmInfo. next_lineage is the one being left: after a lost answer either may be there.';
comment on column library.location.lineage_known is 'False from a start of the server until Apple was seen to have our mark: nothing is written before (Law 11).';
comment on column library.location.secret_before is 'The bearer before notification_secret: good until secret_before_until, or without end while Apple may still use it.';
comment on column library.location.subscribed_at is 'When Apple took notification_secret; null: it is to be told.';
comment on column library.location.walked_at is 'When all assignments were last read without doubt.';
comment on column library.location.compare_at is 'When the next asset may be compared; null: at once.';
comment on column library.location.paused_at is 'While set, nothing is written to Apple for this location; reading goes on (Law 11).';

create table library.token (
  id uuid primary key default gen_random_uuid(),
  location_uid text not null references library.location,
  display_name text not null,
  apple_id text not null,
  account_type text not null check (account_type in ('business', 'education')),
  country_or_region text not null,
  automatically_update_apps boolean not null default false,
  claim_from_external_mdm boolean not null default false,
  data_sharing_consent_granted boolean not null default false,
  secret bytea not null,
  organization_name text not null,
  expires_at timestamptz not null,
  serving boolean not null default true,
  state text not null default 'unknown'
    check (state in ('unknown', 'valid', 'expired', 'invalid', 'assignedToExternalMDM', 'duplicateLocationId')),
  state_reason text,
  last_sync_at timestamptz,
  last_sync_status text not null default 'none' check (last_sync_status in ('none', 'inProgress', 'completed', 'failed')),
  last_sync_error text,
  next_sync_at timestamptz not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
comment on column library.token.serving is 'Its credential is used for the location, and the apps are its own. Others of the location are duplicates.';
create index token_location on library.token (location_uid);
create unique index token_serving on library.token (location_uid) where serving;
create index token_due on library.token (next_sync_at);

create table library.sync (
  id uuid primary key default gen_random_uuid(),
  token_id uuid not null references library.token on delete cascade,
  trigger text not null check (trigger in ('first', 'schedule', 'manual', 'notification')),
  requested_by text,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'completed', 'failed')),
  phase text not null default 'waiting' check (phase in ('waiting', 'location', 'assets', 'assignments', 'catalog', 'done')),
  pages_done integer not null default 0,
  pages_total integer,
  rows_read integer not null default 0,
  clean boolean,
  error text,
  error_number integer,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz
);
create index sync_open on library.sync (created_at) where state in ('waiting', 'running');
create index sync_token on library.sync (token_id, created_at desc);

create table library.asset (
  id integer generated always as identity primary key,
  location_uid text not null references library.location,
  adam_id text not null,
  pricing_param text not null,
  product_type text not null,
  unlimited boolean not null default false,
  total integer not null default 0,
  assigned integer not null default 0,
  available integer not null default 0,
  retired integer not null default 0,
  device_assignable boolean not null default false,
  revocable boolean not null default true,
  supported_platforms text[] not null default '{}',
  foreign_people integer not null default 0,
  unnoted boolean not null default false,
  vanished_at timestamptz,
  read_at timestamptz not null,
  looked_at timestamptz,
  compared_at timestamptz,
  unique (location_uid, adam_id, pricing_param)
);
create index asset_looked on library.asset (location_uid, looked_at nulls first) where vanished_at is null;
create index asset_title on library.asset (adam_id);
comment on column library.asset.foreign_people is 'Assignments to people who are not ours: counted, nothing else of them is stored (Law 8).';
comment on column library.asset.looked_at is 'When its assignments were last read by themselves, with or without doubt; the one read longest ago is read next.';
comment on column library.asset.compared_at is 'The same, without doubt: nothing changed while they were read.';
comment on column library.asset.unnoted is 'A walk changed who holds it and has not told grants yet: it does at its end, or the next walk does.';
comment on column library.asset.total is 'Licenses owned; without meaning when unlimited.';

create table library.title (
  location_uid text not null references library.location,
  adam_id text not null,
  name text not null,
  artist_name text,
  bundle_id text,
  version text,
  external_version_id bigint,
  minimum_os_version text,
  device_families text[] not null default '{}',
  genres text[] not null default '{}',
  price text,
  is_custom_app boolean not null default false,
  store_url text,
  kind text,
  description text,
  icon_url text,
  icon bytea,
  icon_type text,
  icon_tried_at timestamptz,
  found boolean not null,
  fetched_at timestamptz not null,
  primary key (location_uid, adam_id)
);
comment on column library.title.found is 'False: the store of that country does not show it; the Adam ID stands in for the name.';
create index title_bundle on library.title (bundle_id);

create table library.app (
  id uuid primary key default gen_random_uuid(),
  token_id uuid not null references library.token on delete cascade,
  asset_id integer not null references library.asset,
  platform text not null check (platform in ('ios', 'macos', 'book')),
  created_at timestamptz not null,
  modified_at timestamptz not null,
  unique (token_id, asset_id, platform)
);
comment on table library.app is 'A mobileApp: an asset on a platform, under one token; a book is one too, shown apart. One title under N tokens is N apps (behavior 49).';
create index app_asset on library.app (asset_id);

create table library.holder (
  id integer generated always as identity primary key,
  kind text not null check (kind in ('device', 'person')),
  key text not null,
  person_id uuid unique,
  unique (kind, key)
);
comment on table library.holder is 'Who can hold a license: a device by serial number, a person by clientUserId (Law 1).';
comment on column library.holder.person_id is 'Of a person: the directory''s id, from which the clientUserId was made.';

create table library.license (
  asset_id integer not null,
  holder_id integer not null,
  present boolean not null,
  changed bigint not null,
  primary key (asset_id, holder_id)
);
comment on table library.license is 'Mirror of Apple''s assignments. present = false is a tombstone that a walk begun earlier cannot undo. Without foreign keys: assets and holders are never deleted, and the checks were two thirds of the cost of a first sync.';
comment on column library.license.changed is 'db.change_order when the row last changed; a walk leaves rows alone that changed after it began.';

create table library.notification (
  notification_id text not null,
  location_uid text not null,
  type text not null,
  event_id text,
  body jsonb not null,
  received_at timestamptz not null,
  applied_at timestamptz,
  outcome text,
  ours_by timestamptz,
  primary key (location_uid, notification_id)
);
comment on column library.notification.ours_by is 'Of an event: when we must know whether it is ours. If it is not, somebody else changed these assignments.';
create index notification_unclear on library.notification (ours_by) where ours_by is not null;
create index notification_applied on library.notification (applied_at) where applied_at is not null;
create index notification_waiting on library.notification (received_at) where applied_at is null;
create index notification_event on library.notification (event_id) where event_id is not null;
