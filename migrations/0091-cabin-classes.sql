-- Cabin classes (舱位等级) are sold: each is a pool of its departure beside the licensed number (载客定额), with a price of its own. A
-- coupon names its class by what it takes from the pools, so giving back, changing and expiring need no rule of their own.
select set_config('app.tx', 'migration', true);

insert into cabin_class values ('standard', '普通舱', 'Standard class'), ('deluxe', '头等舱', 'Deluxe class');

alter table capacity_pool drop constraint capacity_pool_pool_check;
alter table capacity_pool add constraint capacity_pool_pool_check
  check (pool in ('passenger', 'free-child', 'vehicle', 'lane', 'new-energy', 'dangerous-goods') or pool like 'cabin-%');

-- A class without a fare of its own is sold at the line's.
create table cabin_fare (
  line integer not null,
  cabin text not null references cabin_class,
  from_position smallint not null,
  to_position smallint not null,
  valid_from date not null,
  full_fare bigint not null check (full_fare >= 0),
  half_fare bigint not null check (half_fare between 0 and full_fare),
  sample boolean not null default false,
  published_at timestamptz,
  published_by text,
  primary key (line, cabin, from_position, to_position, valid_from),
  foreign key (line, from_position) references line_stop (line, position),
  foreign key (line, to_position) references line_stop (line, position),
  check (from_position < to_position)
);

-- What a timetable version brings; they join `cabin_fare` when it is published.
create table version_cabin_fare (
  version integer not null references timetable_version,
  line integer not null references line,
  cabin text not null references cabin_class,
  from_position smallint not null,
  to_position smallint not null,
  valid_from date not null,
  full_fare bigint not null check (full_fare >= 0),
  half_fare bigint not null check (half_fare between 0 and full_fare),
  primary key (version, line, cabin, from_position, to_position, valid_from)
);

create function publish_cabin_fares() returns trigger language plpgsql as $$
begin
  insert into cabin_fare (line, cabin, from_position, to_position, valid_from, full_fare, half_fare, published_at, published_by)
  select line, cabin, from_position, to_position, greatest(valid_from, new.effective), full_fare, half_fare, new.published_at,
    new.published_by
  from version_cabin_fare where version = new.id
  on conflict (line, cabin, from_position, to_position, valid_from) do update
    set full_fare = excluded.full_fare, half_fare = excluded.half_fare;
  return null;
end $$;
create trigger publish_cabin_fares after update of state on timetable_version for each row
  when (new.state = 'PUBLISHED' and old.state <> 'PUBLISHED') execute function publish_cabin_fares();

-- Whatever gives a departure its classes, their pools come with them.
create function lay_cabin_pools() returns trigger language plpgsql as $$
begin
  insert into capacity_pool (departure, pool, capacity) select departure, 'cabin-' || cabin, places from fresh;
  return null;
end $$;
create trigger lay_cabin_pools after insert on departure_cabin referencing new table as fresh
  for each statement execute function lay_cabin_pools();
insert into capacity_pool (departure, pool, capacity) select departure, 'cabin-' || cabin, places from departure_cabin;

-- The class a coupon was sold; null where there is none.
create function cabin_of(claims jsonb) returns text language sql immutable parallel safe
  return substring(claims::text from '"cabin-([a-z-]+)"');
