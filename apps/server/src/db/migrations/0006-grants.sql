-- Who gets which license, in order, never more than owned (Laws 3, 4, 5).
create schema grants;

create table grants.stock (
  asset_id integer primary key references library.asset,
  total integer,
  foreign_held integer not null default 0,
  taken integer not null default 0 check (taken >= 0),
  closed_reason text,
  closed_at timestamptz,
  closings smallint not null default 0,
  reopen_at timestamptz
);
comment on table grants.stock is 'The seats of an asset. Its row is the lock of every decision about the asset (Law 5).';
comment on column grants.stock.total is 'Null when unlimited.';
comment on column grants.stock.closed_reason is 'Set after Apple said there is none left: nothing more is granted until the counts were read again.';
comment on column grants.stock.closings is 'How often in a row Apple said so: counts that promise what Apple refuses are believed once, then with growing pauses.';
comment on column grants.stock.reopen_at is 'When closed: from then on counts are believed whatever they said before.';

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
  failure integer,
  failure_message text,
  attempts smallint not null default 0,
  retry_at timestamptz,
  since timestamptz not null,
  changed_at timestamptz not null,
  primary key (asset_id, holder_id),
  check (granted or not held),
  check (not (granted and found))
);
comment on table grants.demand is 'Who wants or has a license. Without foreign keys: assets and holders are never deleted, and the checks were a third of the cost of a large decision.';
comment on column grants.demand.granted is 'The seat is taken, from this moment until Apple has confirmed its return (Law 4).';
comment on column grants.demand.held is 'Apple has confirmed the assignment.';
comment on column grants.demand.found is 'Apple already showed the pair: satisfied without a seat of ours or a request (Law 8).';
comment on column grants.demand.failure is 'Apple''s number of the last refusal of this pair.';
create index demand_waiting on grants.demand (asset_id, priority desc, position) where wanted and not granted and not found;
create index demand_retry on grants.demand (retry_at) where retry_at is not null;
create index demand_holder on grants.demand (holder_id);
create index demand_returning on grants.demand (asset_id) where granted and not wanted;
create index demand_over on grants.demand (asset_id) where not wanted and not granted;

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
create trigger count_inserted after insert on grants.demand
  referencing new table as added for each statement execute function grants.count_inserted();
create trigger count_deleted after delete on grants.demand
  referencing old table as removed for each statement execute function grants.count_deleted();
create trigger count_updated after update on grants.demand
  referencing old table as removed new table as added for each statement execute function grants.count_updated();

create table grants.open_change (
  asset_id integer not null,
  holder_id integer not null,
  op text not null check (op in ('associate', 'disassociate')),
  request_id bigint,
  attempts smallint not null default 0,
  not_before timestamptz not null,
  created_at timestamptz not null,
  primary key (asset_id, holder_id),
  foreign key (asset_id, holder_id) references grants.demand
);
comment on table grants.open_change is 'At most one operation per pair is open at Apple: the primary key says so (Law 3).';
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

create table grants.taken_back (
  location_uid text not null references library.location,
  asset_id integer not null,
  holder_id integer not null,
  at timestamptz not null
);
comment on table grants.taken_back is 'What was taken back lately: the brake counts 24 hours of it (Law 11).';
create index taken_back_lately on grants.taken_back (location_uid, at);

create table grants.brake (
  location_uid text primary key references library.location,
  pulled_at timestamptz not null,
  waiting integer not null,
  allowed integer not null,
  released_at timestamptz,
  released_by text,
  released_reason text
);
comment on table grants.brake is 'A location whose take-backs passed the limit and wait for a person.';

create view grants.installable as
  select d.asset_id, d.holder_id, h.key as serial_number, d.app_id, a.adam_id, a.location_uid, t.bundle_id
  from grants.demand d
  join library.holder h on h.id = d.holder_id and h.kind = 'device'
  join library.asset a on a.id = d.asset_id
  left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
  where d.wanted and (d.held or d.found);
comment on view grants.installable is 'Pairs whose license is at Apple now and wanted: what delivery may install.';
