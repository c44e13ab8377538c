-- What somebody should look at before it hurts, and where Apple and we disagree.
create schema alerts;

create table alerts.setting (
  only_row boolean primary key default true check (only_row),
  low_licenses_percent integer not null default 50 check (low_licenses_percent between 1 and 100)
);
comment on column alerts.setting.low_licenses_percent is 'An app of which so many percent are used is pointed out (behavior L50).';
insert into alerts.setting default values;

create table alerts.alert (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  subject_kind text not null check (subject_kind in ('token', 'location', 'app', 'device', 'server', 'command')),
  subject_id text not null,
  subject_name text not null,
  severity text not null check (severity in ('information', 'warning', 'critical')),
  stage integer not null default 0,
  message text not null,
  who text not null check (who in ('administrator', 'person', 'Allotment')),
  remedy text not null,
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  seen_at timestamptz,
  seen_by text,
  closed_at timestamptz
);
comment on table alerts.alert is 'Opened by the program when it finds the condition, closed by it when the condition is over.';
comment on column alerts.alert.stage is 'Grows as the condition does; what somebody has seen is shown anew at the next stage.';
comment on column alerts.alert.who is 'Who can mend it; `remedy` is their next step (Law 9).';
create unique index alert_open on alerts.alert (kind, subject_id) where closed_at is null;
create index alert_closed on alerts.alert (closed_at) where closed_at is not null;

create table alerts.look (
  kind text primary key,
  next_at timestamptz not null
);
comment on table alerts.look is 'When each kind of alert is looked for again.';
