-- What other rooms read of who gets which license.
create view grants.wished as
  with pair as (
    select d.asset_id, d.holder_id, dev.id as device_id, d.app_id, d.held or d.found as licensed, false as of_person
    from grants.demand d
    join library.holder h on h.id = d.holder_id and h.kind = 'device'
    join devices.device dev on dev.serial_number = h.key
    where d.wanted and not d.ahead
    union all
    select p.asset_id, p.holder_id, p.device_id, p.app_id, (d.held or d.found) and p.refused is null, true
    from grants.placement p
    join grants.demand d on d.asset_id = p.asset_id and d.holder_id = p.holder_id
    where d.wanted and not p.ahead and not p.leaving
    union all
    select b.asset_id, b.holder_id, b.device_id, b.app_id, false, h.kind = 'person'
    from grants.held_back b
    join library.holder h on h.id = b.holder_id
  )
  select pair.asset_id, pair.holder_id, pair.device_id, pair.app_id, a.adam_id, a.location_uid, t.bundle_id, pair.licensed, pair.of_person
  from pair
  join library.asset a on a.id = pair.asset_id
  left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id;
comment on view grants.wished is 'Apps that assignments want on a device, whether their license is there, waited for or taken back by hand: nothing removes these.';

create view grants.installable as
  select asset_id, holder_id, device_id, app_id, adam_id, location_uid, bundle_id, of_person from grants.wished where licensed;
comment on view grants.installable is 'Apps whose license is at Apple now and wanted on a device: what delivery may install.';

create view grants.readable as
  select d.asset_id, d.holder_id, dev.id as device_id, a.adam_id, a.location_uid
  from grants.demand d
  join library.asset a on a.id = d.asset_id and a.product_type = 'Book'
  join library.holder h on h.id = d.holder_id and h.kind = 'person'
  join devices.device dev on dev.person_id = h.person_id
  where d.wanted and (d.held or d.found) and not d.ahead;
comment on view grants.readable is 'Books whose license is at Apple now and wanted, on each device of their person: what delivery may send.';

create view grants.usable as
  select asset_id, holder_id, device_id, location_uid from grants.installable
  union all
  select asset_id, holder_id, device_id, location_uid from grants.readable;
comment on view grants.usable is 'Apps and books whose license is at Apple now and wanted, on each device they are for.';
