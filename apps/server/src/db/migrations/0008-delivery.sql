-- Install on the device, once the license is held.
create schema delivery;

create table delivery.setting (
  only_row boolean primary key default true check (only_row),
  maintenance_window jsonb
);
comment on column delivery.setting.maintenance_window is 'The hours of automatic updates: from and to in minutes of the day, timeZone; null: any time.';
insert into delivery.setting default values;

create table delivery.task (
  device_id uuid not null references devices.device on delete cascade,
  bundle_id text not null,
  asset_id integer not null,
  holder_id integer not null,
  app_id uuid,
  state text not null
    check (state in ('blocked', 'commanded', 'installing', 'installed', 'failed', 'notApplicable', 'removing', 'removed')),
  apple_state text,
  reason text,
  error_code integer,
  error_detail jsonb,
  command_id uuid,
  attempts smallint not null default 0,
  asks smallint not null default 0,
  next_at timestamptz,
  commanded_at timestamptz,
  update_version bigint,
  update_tries smallint,
  update_at timestamptz,
  removals smallint,
  removed_at timestamptz,
  settings_told text,
  settings_told_at timestamptz,
  settings_taken text,
  flags_told smallint,
  changed_at timestamptz not null,
  primary key (device_id, bundle_id),
  check (num_nulls(update_version, update_tries, update_at) in (0, 3)),
  check (num_nulls(removals, removed_at) in (0, 2))
);
create table delivery.doubt (
  asset_id integer primary key references library.asset,
  asked_at timestamptz not null
);
comment on table delivery.doubt is 'When Apple was last to be asked who holds a title, because a device did not find its license.';

create table delivery.book (
  device_id uuid not null references devices.device on delete cascade,
  asset_id integer not null references library.asset,
  holder_id integer not null references library.holder,
  state text not null check (state in ('blocked', 'commanded', 'installing', 'installed', 'failed', 'removed')),
  apple_state text,
  reason text,
  error_code integer,
  error_detail jsonb,
  command_id uuid,
  attempts smallint not null default 0,
  asks smallint not null default 0,
  next_at timestamptz,
  changed_at timestamptz not null,
  primary key (device_id, asset_id)
);
comment on table delivery.book is 'One book on one device of the person who has its license: what was told and what came of it.';
create index book_due on delivery.book (next_at) where next_at is not null;
create index book_holder on delivery.book (asset_id, holder_id);

create table delivery.invitation (
  location_uid text not null references library.location,
  holder_id integer not null references library.holder,
  user_changed bigint not null,
  device_id uuid references devices.device on delete set null,
  command_id uuid,
  tries smallint not null default 0,
  shown_at timestamptz,
  refused text,
  next_at timestamptz,
  primary key (location_uid, holder_id)
);
comment on table delivery.invitation is 'People who hold a license and are to be asked, on one device at a time, to tie an Apple Account to it.';
comment on column delivery.invitation.user_changed is 'Of associations.apple_user: a person who registers anew is asked anew.';
comment on column delivery.invitation.shown_at is 'When a device last said that it showed the invitation.';
comment on column delivery.invitation.refused is 'What the device said instead when it was last told to, in Apple''s words.';
create index invitation_due on delivery.invitation (next_at) where next_at is not null;
create index invitation_command on delivery.invitation (command_id) where command_id is not null;

comment on column delivery.task.update_version is 'The external version the device was last told to update to, how often, and when.';
comment on column delivery.task.removals is 'How often its person removed the app lately, and when last: the pause before it comes back grows with it.';
comment on column delivery.task.settings_told is 'A digest of the configuration and the attributes that the device was last told, with an install or by themselves; null: none.';
comment on column delivery.task.flags_told is 'The flags of management that the device was last told with an install; what it has of them is devices.managed_app.management_flags.';
comment on column delivery.task.settings_taken is 'The same of what the device last took.';
comment on column delivery.task.reason is 'A word of delivery/reasons.ts, which has the sentences.';
comment on column delivery.task.attempts is 'Installs commanded since the last success.';
comment on column delivery.task.asks is 'How often the device was asked since its last progress.';
comment on table delivery.task is 'One app on one device (Law 1): what was told and what came of it. Assets and holders are never deleted, so nothing checks that they are there.';
create index task_due on delivery.task (next_at) where next_at is not null;
create index task_license on delivery.task (asset_id, holder_id);
