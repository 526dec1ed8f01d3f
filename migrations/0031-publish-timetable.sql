-- Publishing a timetable version: what it replaces ends the day before it is in force; departures generated before are brought into line
-- unless somebody has ever bought a ticket on them. Those stay as they were sold and are written down for the station to decide.

-- How a departure would come out of the plans, and how it is: compared as text.
create function planned_as(of_plan integer, departs_at timestamptz, first_departs_at timestamptz, kind text, places integer) returns text
  language sql stable as $$
  select concat_ws('|', departs_at, first_departs_at, kind, places,
    (select string_agg(position || ':' || coalesce(gate, 0), ',' order by position) from plan_loading where plan = of_plan),
    (select string_agg(cabin || ':' || places, ',' order by cabin) from plan_cabin where plan = of_plan))
$$;

create function generated_as(of departure) returns text language sql stable as $$
  select concat_ws('|', of.departs_at, of.first_departs_at, of.kind, of.places,
    (select string_agg(position || ':' || coalesce(gate, 0), ',' order by position) from departure_loading where departure = of.id),
    (select string_agg(cabin || ':' || places, ',' order by cabin) from departure_cabin where departure = of.id))
$$;

-- Days looked through at a revision: two generators at once, or one that begins again, do no day twice.
create table generated_day (
  day date primary key,
  revision integer not null,
  looked_on date not null
);
select guard('generated_day');

-- Whoever changes plans or the days tickets are sold ahead has the departures looked through again.
create function plans_changed() returns trigger language plpgsql as $$
begin
  update generation_state set revision = revision + 1, looked_on = null;
  return null;
end $$;
create trigger plans_changed after insert or update or delete on departure_plan for each statement execute function plans_changed();
create trigger plans_changed after insert or update or delete on sale_policy for each statement execute function plans_changed();

-- False when it was published before. The caller has checked the notice and opened the unit of work.
create function publish_timetable(of_version integer, at timestamptz, actor text) returns boolean language plpgsql as $$
declare
  published timetable_version;
begin
  -- One publication at a time: each must see what the one before it made of the plans.
  perform pg_advisory_xact_lock(7236007);
  select * into published from timetable_version where id = of_version for update;
  if published.state = 'PUBLISHED' then
    return false;
  end if;
  update timetable_version set state = 'PUBLISHED', published_at = at, published_by = actor where id = of_version;
  update generation_state set revision = revision + 1, looked_on = null;

  insert into fare (line, from_position, to_position, valid_from, full_fare, half_fare)
  select line, from_position, to_position, greatest(valid_from, published.effective), full_fare, half_fare
  from version_fare where version = of_version
  on conflict (line, from_position, to_position, valid_from) do update set full_fare = excluded.full_fare, half_fare = excluded.half_fare;

  -- Plans in force before it end the day before; a version already published for a later day ends this one's in the same way.
  update departure_plan as earlier set valid_to = published.effective - 1
  from departure_plan as own
  where own.version = of_version and earlier.line = own.line and (published.replaces = 'lines' or earlier.number = own.number)
    and earlier.version is distinct from of_version and (earlier.valid_to is null or earlier.valid_to >= published.effective)
    and (earlier.version is null or exists (select from timetable_version as version
      where version.id = earlier.version and version.state = 'PUBLISHED' and version.effective <= published.effective));
  update departure_plan as own set valid_to = later.effective - 1
  from departure_plan as next join timetable_version as later on later.id = next.version
  where own.version = of_version and next.line = own.line and (later.replaces = 'lines' or next.number = own.number)
    and later.state = 'PUBLISHED' and later.effective > published.effective
    and (own.valid_to is null or own.valid_to >= later.effective);

  create temporary table touched on commit drop as
  with running as materialized (
    select * from plans_running(published.effective, greatest(published.effective, (select max(day) from departure)))
    where line in (select line from departure_plan where version = of_version))
  select departure.id, running.plan is not null as runs
  from departure
  left join running on running.line = departure.line and running.number = departure.number and running.day = departure.day
  where departure.day >= published.effective and departure.state in ('PLANNED', 'ON_SALE', 'SALE_STOPPED')
    and departure.line in (select line from departure_plan where version = of_version)
    and (published.replaces = 'lines' or (departure.line, departure.number) in
      (select line, number from departure_plan where version = of_version))
    and (running.plan is null or generated_as(departure) <>
      planned_as(running.plan, running.departs_at, running.first_departs_at, running.kind, running.places));

  -- A buyer who is first at a departure is seen below; one who comes later finds no place.
  perform lock_departures(array(select id from touched));
  with sold as (
    delete from touched where exists (select from coupon where coupon.departure = touched.id) returning id, runs)
  insert into kept_departure (version, departure, wanted)
  select of_version, id, case when runs then 'changed' else 'withdrawn' end from sold;
  delete from seat_quota using touched where departure = touched.id;
  delete from seat_map using touched where departure = touched.id;
  delete from capacity_pool using touched where departure = touched.id;
  delete from departure using touched where departure.id = touched.id;
  update timetable_version set changed = (select count(*) from touched where runs), withdrawn = (select count(*) from touched where not runs)
  where id = of_version;
  drop table touched;
  return true;
end $$;
