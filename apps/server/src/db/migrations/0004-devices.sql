-- What is enrolled, who uses it, what it runs, and what it was told.
create schema devices;

create table devices.authority (
  only_row boolean primary key default true check (only_row),
  certificate text not null,
  private_key bytea not null,
  created_at timestamptz not null
);
create table devices.scep (
  only_row boolean primary key default true check (only_row),
  active boolean not null,
  url text not null,
  name text not null,
  challenge bytea,
  authorities text not null,
  fingerprint bytea not null,
  changed_by text not null,
  changed_at timestamptz not null
);
comment on table devices.scep is 'The organization''s SCEP server. Not active: new devices get identities from us again; those it gave out stay good.';
comment on column devices.scep.authorities is 'PEM of the certificates that issue device identities, each directly.';

create table devices.push_request (
  only_row boolean primary key default true check (only_row),
  private_key bytea not null,
  request text not null,
  organization text not null,
  created_by text not null,
  created_at timestamptz not null
);
comment on table devices.push_request is 'The key and the request of the next push certificate; gone when its certificate is stored.';
create table devices.push_certificate (
  only_row boolean primary key default true check (only_row),
  certificate text not null,
  private_key bytea not null,
  topic text not null,
  expires_at timestamptz not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null,
  problem text,
  problem_at timestamptz
);
comment on column devices.push_certificate.problem is 'Why Apple refused it when it was last used; cleared by a push that was accepted.';

create table devices.server_token_key (
  only_row boolean primary key default true check (only_row),
  certificate text not null,
  private_key bytea not null,
  created_at timestamptz not null
);
comment on table devices.server_token_key is 'The public key uploaded at Apple, for which Apple encrypts server tokens.';
create table devices.server_token (
  id uuid primary key default gen_random_uuid(),
  display_name text not null,
  consumer_key text not null unique,
  secret bytea not null,
  expires_at timestamptz not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null
);
comment on table devices.server_token is 'Tokens for device enrollment (ADE), in Apple''s words server tokens; nothing of a content token.';

create table devices.device (
  id uuid primary key default gen_random_uuid(),
  directory_device_id uuid not null unique references directory.device,
  serial_number text not null unique,
  person_id uuid references directory.person on delete set null,
  ownership text not null default 'company' check (ownership in ('company', 'personal', 'unknown')),
  management_state text not null default 'discovered' check (management_state in ('discovered', 'managed', 'unenrolled')),
  left_as text check (left_as in ('retired', 'wiped')),
  family text check (family in ('iPhone', 'iPad', 'iPod', 'Mac', 'AppleTV', 'Vision')),
  name text,
  model text,
  product_name text,
  os_version text,
  supervised boolean,
  user_enrollment boolean not null default false,
  multi_user boolean,
  runs_ios_apps boolean,
  user_channel boolean not null default false,
  store_account_active boolean,
  store_account_hash text,
  kiosk boolean not null default false,
  handed_over_at timestamptz,
  claimed_udid text,
  claimed_at timestamptz,
  enrolled_at timestamptz,
  first_seen bigint not null,
  last_check_in_at timestamptz,
  inventory_at timestamptz,
  inventory_due_at timestamptz,
  apps_due_at timestamptz,
  created_at timestamptz not null
);
comment on column devices.device.left_as is 'How the device left, as far as anybody said: what its licenses wait for is counted by that.';
comment on column devices.device.first_seen is 'db.change_order of the first enrollment: devices already seen come first in a line.';
comment on column devices.device.handed_over_at is 'When it was enrolled for another person than before.';
comment on column devices.device.claimed_udid is 'Of the other hardware that was last refused with the serial number of this managed device.';
comment on column devices.device.runs_ios_apps is 'A Mac that says it can install apps for iPhone and iPad: one with Apple silicon.';
comment on column devices.device.user_channel is 'A Mac with a channel of its person, see devices.enrollment: user licenses go there.';
comment on column devices.device.user_enrollment is 'Enrolled by its person with User Enrollment: Apple gives it no device licenses.';
comment on column devices.device.serial_number is 'Under User Enrollment USER- and a hash of its EnrollmentID: it tells no serial number.';
create index device_person on devices.device (person_id);
comment on column devices.device.apps_due_at is 'When it is asked for its managed apps alone, between two inventories.';
create index device_apps_due on devices.device (apps_due_at) where management_state = 'managed';
create index device_inventory_due on devices.device (inventory_due_at) where management_state = 'managed';

create table devices.departure (
  person_id uuid primary key references directory.person on delete cascade,
  device_id uuid not null,
  left_as text not null check (left_as in ('retired', 'wiped', 'deleted', 'handedOver')),
  position bigint not null default nextval('db.change_order')
);
comment on table devices.departure is 'How the latest device to leave a person left: what their licenses wait for is counted by that when they use no other.';
comment on column devices.departure.device_id is 'Without a foreign key: the device may be deleted.';

create table devices.enrollment_link (
  id uuid primary key default gen_random_uuid(),
  code_hash bytea not null unique,
  person_id uuid references directory.person on delete cascade,
  ownership text not null check (ownership in ('company', 'personal')),
  kiosk boolean not null default false,
  user_enrollment boolean not null default false,
  renews uuid,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  sign_in_token_hash bytea unique,
  sign_in_token_expires_at timestamptz
);
comment on column devices.enrollment_link.sign_in_token_hash is 'Of the access token that its person got by signing in with its code; the profile then says that it came by the account.';
comment on column devices.enrollment_link.renews is 'The enrollment whose identity it renews; null for a new enrollment.';

create table devices.sign_in_failure (
  caller text not null,
  at timestamptz not null
);
comment on table devices.sign_in_failure is 'Wrong codes of the last quarter of an hour, by the address they came from.';
create index sign_in_failure_lately on devices.sign_in_failure (caller, at);

create table devices.enrollment (
  id uuid primary key default gen_random_uuid(),
  link_id uuid references devices.enrollment_link,
  certificate_sha256 text unique,
  certificate_authority_sha256 text,
  certificate_subject text,
  certificate_from timestamptz,
  certificate_expires_at timestamptz,
  device_id uuid references devices.device on delete cascade,
  device_enrollment_id uuid references devices.enrollment on delete cascade,
  user_id text,
  user_short_name text,
  udid text,
  state text not null default 'issued' check (state in ('issued', 'authenticated', 'enrolled', 'replaced', 'checkedOut')),
  topic text,
  push_token bytea,
  push_magic text,
  token_updated_at timestamptz,
  replaced_udid text,
  check_in_signed_at timestamptz,
  created_at timestamptz not null,
  last_seen_at timestamptz,
  check ((device_enrollment_id is null) = (user_id is null))
);
comment on column devices.enrollment.state is 'checkedOut: over, by the device''s word or by an administrator''s.';
comment on column devices.enrollment.replaced_udid is 'The UDID with which the serial number was enrolled before, where it was another one.';
comment on column devices.enrollment.check_in_signed_at is 'By the device''s clock, but never later than ours: of the last check-in message that was accepted. One signed before it is a recorded one.';
comment on table devices.enrollment is 'One issued identity and what became of it; messages are bound to its certificate. Below it, a row for each person''s channel of a Mac.';
comment on column devices.enrollment.device_enrollment_id is 'Of a person''s channel: the device''s enrollment, whose certificate its messages are bound to, and with which it ends.';
comment on column devices.enrollment.user_id is 'Apple''s UserID of a person''s channel.';
comment on column devices.enrollment.certificate_sha256 is 'Null until the first message, where a SCEP server issues the identity.';
create index enrollment_device on devices.enrollment (device_id);
create unique index enrollment_current on devices.enrollment (device_id) where state = 'enrolled' and device_enrollment_id is null;
create unique index enrollment_current_user on devices.enrollment (device_id) where state = 'enrolled' and device_enrollment_id is not null;
create unique index enrollment_user on devices.enrollment (device_enrollment_id, user_id);

create table devices.command (
  id uuid primary key default gen_random_uuid(),
  enrollment_id uuid not null references devices.enrollment on delete cascade,
  device_id uuid not null,
  request_type text not null,
  command jsonb not null,
  purpose jsonb not null default '{}',
  priority smallint not null default 0,
  position bigint not null default nextval('db.change_order'),
  state text not null default 'queued'
    check (state in ('queued', 'sent', 'notNow', 'acknowledged', 'failed', 'canceled')),
  created_at timestamptz not null,
  sent_at timestamptz,
  answered_at timestamptz,
  deliveries smallint not null default 0,
  result jsonb
);
comment on column devices.command.id is 'Apple''s CommandUUID: a result that arrives twice finds the same row.';
comment on column devices.command.deliveries is 'How often it was handed out since the device last spoke of it.';
comment on column devices.command.purpose is 'What it is for, readable by the room that queued it, e.g. {"assetId":1,"holderId":2,"bundleId":"…"}.';
comment on column devices.command.device_id is 'Of the enrollment, with which the command goes when its device is deleted.';
create index command_enrollment on devices.command (enrollment_id);
create index command_open on devices.command (enrollment_id, (deliveries >= 5), priority desc, position) where state in ('queued', 'sent', 'notNow');
create index command_malformed on devices.command (answered_at) where result ->> 'status' = 'CommandFormatError';

create table devices.push (
  enrollment_id uuid primary key references devices.enrollment on delete cascade,
  wanted_since timestamptz not null,
  due_at timestamptz not null,
  sent_at timestamptz,
  attempts smallint not null default 0,
  last_result text
);
comment on table devices.push is 'Devices to wake: one row a device whatever the number of commands, gone when the device has taken them all.';
create index push_due on devices.push (due_at);

create table devices.installed_app (
  device_id uuid not null references devices.device on delete cascade,
  bundle_id text not null,
  name text,
  version text,
  short_version text,
  external_version_id bigint,
  device_based_license boolean,
  reported_at timestamptz not null,
  primary key (device_id, bundle_id)
);
create table devices.managed_app (
  device_id uuid not null references devices.device on delete cascade,
  bundle_id text not null,
  status text not null,
  external_version_id bigint,
  management_flags smallint,
  reported_at timestamptz not null,
  primary key (device_id, bundle_id)
);
comment on column devices.managed_app.management_flags is 'Apple''s bits: 1 goes with the management, 4 stays out of backups; null where the device did not say.';
comment on table devices.managed_app is 'What ManagedApplicationList last said, and when: the third state of Law 2.';
