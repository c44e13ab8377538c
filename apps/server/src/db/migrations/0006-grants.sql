-- Who gets which license, in order, never more than owned (Laws 3, 4, 5).
create schema grants;

create table grants.setting (
  only_row boolean primary key default true check (only_row),
  devices_per_person integer not null default 5 check (devices_per_person > 0),
  silent_days integer check (silent_days > 0),
  grace_minutes jsonb not null default '{"unassigned": 0, "excluded": 0, "leftOrganization": 0,
    "deviceRetired": 10080, "deviceWiped": 10080, "deviceDeleted": 10080, "deviceSilent": 0}'
);
comment on column grants.setting.devices_per_person is 'On how many devices one user license serves its person: Apple''s limit is five.';
comment on column grants.setting.silent_days is 'A device that did not check in for so long gives its licenses back; null: never.';
comment on column grants.setting.grace_minutes is 'How long a license is kept after the reason for it has gone, by what happened.';
insert into grants.setting default values;

create table grants.stock (
  asset_id integer primary key references library.asset,
  total integer,
  foreign_held integer not null default 0,
  taken integer not null default 0 check (taken >= 0),
  line_from bigint,
  closed_to_grants text,
  closed_reason text,
  closed_at timestamptz,
  closings smallint not null default 0,
  reopen_at timestamptz
);
comment on table grants.stock is 'The seats of an asset. Its row is the lock of every decision about the asset (Law 5).';
comment on column grants.stock.total is 'Null when unlimited.';
comment on column grants.stock.line_from is 'While a pass forms the line: only who stood in it before this position may be granted.';
comment on column grants.stock.closed_to_grants is 'Why a person lets nothing more be granted here.';
comment on column grants.stock.closed_reason is 'Set after Apple said there is none left: nothing more is granted until the counts were read again.';
comment on column grants.stock.closings is 'How often in a row Apple said so: counts that promise what Apple refuses are believed once, then with growing pauses.';
comment on column grants.stock.reopen_at is 'When closed: from then on counts are believed whatever they said before.';

create table grants.closed_location (
  location_uid text primary key references library.location,
  reason text not null,
  closed_by text not null,
  closed_at timestamptz not null
);
comment on table grants.closed_location is 'Nothing is granted in any asset of these, those included that are bought later, until a person opens them again.';

create function grants.refuse_overgrant() returns trigger language plpgsql as $$
begin
  if new.taken > old.taken and new.total is not null and new.taken > new.total - new.foreign_held then
    raise exception 'asset % has % licenses, % held elsewhere: % cannot be taken',
      new.asset_id, new.total, new.foreign_held, new.taken using errcode = 'check_violation', constraint = 'stock_never_overgranted';
  end if;
  return new;
end $$;
create trigger refuse_overgrant before update on grants.stock
  for each row when (new.taken > old.taken) execute function grants.refuse_overgrant();

create table grants.demand (
  asset_id integer not null,
  holder_id integer not null,
  app_id uuid,
  position bigint not null default nextval('db.change_order'),
  priority integer not null default 0,
  wanted boolean not null,
  granted boolean not null default false,
  held boolean not null default false,
  found boolean not null default false,
  ahead boolean not null default false,
  asked boolean not null default false,
  kept boolean not null default false,
  uninstall boolean not null default false,
  removal text check (removal in ('due', 'told')),
  on_unassign text check (on_unassign in ('keep', 'reclaim')),
  covered_by integer,
  ends_at timestamptz,
  end_reason text,
  lost_at timestamptz,
  stopped_reason text,
  failure integer,
  failure_message text,
  attempts smallint not null default 0,
  retry_at timestamptz,
  since timestamptz not null,
  changed_at timestamptz not null,
  primary key (asset_id, holder_id),
  check (granted or not held),
  check (not (granted and found))
) with (fillfactor = 50);
comment on table grants.demand is 'Who wants or has a license. Without foreign keys: assets and holders are never deleted, and the checks were a third of the cost of a large decision. Half of each page is left free: nearly every row is updated once, when Apple has confirmed it, and a row that stays on its page needs no new entries in the indexes, which was half of the cost.';
comment on column grants.demand.granted is 'The seat is taken, from this moment until Apple has confirmed its return (Law 4).';
comment on column grants.demand.held is 'Apple has confirmed the assignment.';
comment on column grants.demand.found is 'Apple already showed the pair: satisfied without a seat of ours or a request (Law 8).';
comment on column grants.demand.ahead is 'The license is taken before anybody asked for the app: nothing is installed.';
comment on column grants.demand.asked is 'A person asked for the app: it is sent to Apple at once.';
comment on column grants.demand.kept is 'No assignment requires it any more: its policy keeps it, or the app is Available now and stays from before.';
comment on column grants.demand.uninstall is 'The app is to be removed from this device; the row stays while that is wanted.';
comment on column grants.demand.removal is 'due: delivery is to remove the app once the license is back. told: it was told, once.';
comment on column grants.demand.on_unassign is 'What the assignment says about its end; null: reclaim and remove, the default.';
comment on column grants.demand.covered_by is 'Another asset of the same title serves the holder, who needs no second license (Law 1).';
comment on column grants.demand.ends_at is 'No assignment wants it any more: kept until then, for end_reason.';
comment on column grants.demand.lost_at is 'When Apple last no longer showed a license that was ours.';
comment on column grants.demand.stopped_reason is 'Not asked for again until a person lifts it.';
comment on column grants.demand.failure is 'Apple''s number of the last refusal of this pair.';
create index demand_waiting on grants.demand (asset_id, priority desc, position)
  where wanted and not granted and not found and covered_by is null and stopped_reason is null;
create index demand_lost on grants.demand (asset_id)
  where wanted and not granted and not found and (kept or ends_at is not null);
create index demand_retry on grants.demand (retry_at) where retry_at is not null;
create index demand_ends on grants.demand (ends_at) where ends_at is not null;
create index demand_stopped on grants.demand (asset_id) where stopped_reason is not null;
create index demand_holder on grants.demand (holder_id, asset_id);
create index demand_returning on grants.demand (asset_id) where granted and not wanted;
create index demand_over on grants.demand (asset_id) where not wanted and not granted and removal is distinct from 'told';
create index demand_uninstall on grants.demand (holder_id) where uninstall and not wanted;
create index demand_found on grants.demand (asset_id) where found;
create index demand_covered on grants.demand (covered_by) where covered_by is not null;

create table grants.placement (
  asset_id integer not null,
  device_id uuid not null,
  holder_id integer not null,
  app_id uuid not null,
  ahead boolean not null default false,
  asked boolean not null default false,
  kept boolean not null default false,
  leaving boolean not null default false,
  refused text,
  on_unassign text check (on_unassign in ('keep', 'reclaim')),
  primary key (asset_id, device_id)
);
comment on table grants.placement is 'The devices a person''s user license is for. A device license is its own placement.';
comment on column grants.placement.asked is 'Its user asked for the app there.';
comment on column grants.placement.kept is 'The app was Required there and is Available now: it is kept as it is until its user asks for it.';
comment on column grants.placement.leaving is 'Not for this device any more; the app goes once the license is back, or at once where the person keeps it.';
comment on column grants.placement.on_unassign is 'What the assignment that wants the app on this device says about its end; null: reclaim and remove, the default.';
comment on column grants.placement.refused is 'Why the license does not serve this device: deviceLimit.';
create index placement_holder on grants.placement (holder_id, asset_id);
create index placement_device on grants.placement (device_id);
create index placement_leaving on grants.placement (asset_id) where leaving;

create table grants.request (
  app_id uuid not null references library.app on delete cascade,
  device_id uuid references devices.device on delete cascade,
  person_id uuid references directory.person on delete cascade,
  requested_at timestamptz not null,
  check (num_nonnulls(device_id, person_id) > 0),
  unique nulls not distinct (app_id, device_id, person_id)
);
comment on table grants.request is 'What is Available and was asked for: from then on it needs a license (behavior L23).';
comment on column grants.request.device_id is 'The device an app was asked for on; null: a book, which is a person''s.';
create index request_device on grants.request (device_id);

create table grants.pass (
  id bigint generated always as identity primary key,
  asset_ids integer[] not null,
  group_id uuid,
  done integer not null default 0,
  total integer,
  owner uuid,
  leased_until timestamptz,
  created_at timestamptz not null
);
comment on table grants.pass is 'A decision about many holders, made in small steps. The row goes in the last one: whoever is killed before leaves it to the next.';
comment on column grants.pass.group_id is 'Only the holders in this group; null: all that the assets are or were for.';

create table grants.silent_device (
  device_id uuid primary key references devices.device on delete cascade,
  position bigint not null default nextval('db.change_order'),
  since timestamptz not null
);
comment on table grants.silent_device is 'Devices that did not check in for too long, until they do.';
comment on column grants.silent_device.position is 'When it fell silent, in the order of devices.departure.';

-- Seats taken are counted by the database itself, a statement at a time.
create function grants.count_inserted() returns trigger language plpgsql as $$
begin
  update grants.stock s set taken = s.taken + c.n
  from (select asset_id, count(*)::int n from added where granted group by asset_id) c where s.asset_id = c.asset_id;
  return null;
end $$;
create function grants.count_deleted() returns trigger language plpgsql as $$
begin
  update grants.stock s set taken = s.taken - c.n
  from (select asset_id, count(*)::int n from removed where granted group by asset_id) c where s.asset_id = c.asset_id;
  return null;
end $$;
create function grants.count_updated() returns trigger language plpgsql as $$
begin
  update grants.stock s set taken = s.taken + c.n
  from (
    select asset_id, sum(n)::int n from (
      select asset_id, 1 n from added where granted union all select asset_id, -1 from removed where granted
    ) x group by asset_id having sum(n) <> 0
  ) c where s.asset_id = c.asset_id;
  return null;
end $$;
create trigger count_inserted after insert on grants.demand referencing new table as added for each statement execute function grants.count_inserted();
create trigger count_deleted after delete on grants.demand referencing old table as removed for each statement execute function grants.count_deleted();
create trigger count_updated after update on grants.demand referencing old table as removed new table as added for each statement execute function grants.count_updated();

create table grants.open_change (
  asset_id integer not null,
  holder_id integer not null,
  op text not null check (op in ('associate', 'disassociate')),
  request_id bigint,
  attempts smallint not null default 0,
  not_before timestamptz not null,
  urgent boolean not null default false,
  created_at timestamptz not null,
  primary key (asset_id, holder_id)
);
comment on table grants.open_change is 'At most one operation per pair is open at Apple: the primary key says so (Law 3).';
comment on column grants.open_change.urgent is 'A person waits for it: it is sent without waiting for others.';
create index open_change_unsent on grants.open_change (asset_id, not_before) where request_id is null;
create index open_change_request on grants.open_change (request_id) where request_id is not null;

create table grants.hold (
  asset_id integer not null references library.asset,
  holder_id integer not null references library.holder,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (asset_id, holder_id)
);
comment on table grants.hold is 'Taken back by hand: not granted again until lifted by a person or by saving the assignments of the app again (Law 11).';

create table grants.held_back (
  asset_id integer not null,
  holder_id integer not null,
  device_id uuid not null references devices.device on delete cascade,
  app_id uuid not null references library.app on delete cascade,
  primary key (asset_id, device_id)
);
comment on table grants.held_back is 'Devices on which assignments want an app whose license a person has taken back: they get none, and nothing removes the app there.';
create index held_back_holder on grants.held_back (holder_id);
create index held_back_device on grants.held_back (device_id);

create table grants.taken_back (
  location_uid text not null references library.location,
  asset_id integer not null,
  holder_id integer not null,
  at timestamptz not null
);
comment on table grants.taken_back is 'What was taken back lately: the brake counts 24 hours of it (Law 11).';
create index taken_back_lately on grants.taken_back (location_uid, at);
create index taken_back_pair on grants.taken_back (asset_id, holder_id);

create table grants.brake (
  location_uid text primary key references library.location,
  pulled_at timestamptz not null,
  waiting integer not null,
  allowed integer not null
);
comment on table grants.brake is 'A location whose take-backs passed the limit and wait for a person.';

create table grants.irrevocable (
  asset_id integer primary key references library.asset,
  pulled_at timestamptz not null,
  waiting integer not null,
  allowed integer not null,
  released_before bigint
);
comment on table grants.irrevocable is 'Licenses that Apple never takes back, wanted by many at once: they wait for a person (Law 11).';
comment on column grants.irrevocable.waiting is 'How many wait for a person; 0: those who were released are being served, and nobody else came, or few.';
comment on column grants.irrevocable.released_before is 'A person released those who stood in line before this position, and nobody who came later; null: nobody yet.';
