-- Calendars, kinds of departures, loading stations (配载), cabin classes, and timetable versions: what is published with a date and
-- changed only by the next version.

-- What one carrier's clerk or one import brings; its plans run once it is published.
create table timetable_version (
  id integer generated always as identity primary key,
  name text not null,
  -- departures: replaces the numbers it names. lines: of every line it names, whatever it leaves out stops.
  replaces text not null check (replaces in ('departures', 'lines')),
  -- The first day it is in force.
  effective date not null,
  state text not null default 'DRAFT' check (state in ('DRAFT', 'PUBLISHED')),
  created_at timestamptz not null,
  created_by text not null,
  published_at timestamptz,
  published_by text,
  -- Departures generated before, that publishing brought into line; those that were sold are in kept_departure.
  changed integer not null default 0,
  withdrawn integer not null default 0,
  check ((state = 'PUBLISHED') = (published_at is not null))
);

-- The days a plan runs: weekdays (bit 0 is Monday), within dates, on odd or even days of the month, and exceptions.
create table service_calendar (
  id integer generated always as identity primary key,
  version integer references timetable_version,
  code text not null,
  weekdays smallint not null default 127 check (weekdays between 0 and 127),
  parity text not null default 'every' check (parity in ('every', 'odd', 'even')),
  first_day date not null,
  last_day date not null,
  constraint service_calendar_code unique nulls not distinct (version, code),
  check (first_day <= last_day)
);

create table service_exception (
  calendar integer not null references service_calendar,
  day date not null,
  runs boolean not null,
  primary key (calendar, day)
);

alter table departure_plan drop constraint departure_plan_pkey;
alter table departure_plan drop constraint departure_plan_departs_minute_check;
alter table departure_plan
  add column id integer generated always as identity primary key,
  add column version integer references timetable_version,
  add column calendar integer references service_calendar,
  -- 固定班, 流水班, 加班.
  add column kind text not null default 'fixed' check (kind in ('fixed', 'shuttle', 'extra')),
  -- The first run of a shuttle; departs_minute is its last, by which every deadline is reckoned.
  add column first_minute smallint,
  add constraint departure_plan_once unique nulls not distinct (version, line, number, valid_from),
  -- A service day may reach past midnight.
  add constraint departure_plan_departs_minute check (departs_minute between 0 and 2879),
  add constraint departure_plan_window check ((kind = 'shuttle') = (first_minute is not null) and first_minute between 0 and departs_minute);
create index departure_plan_of_line on departure_plan (line, number);

create table plan_loading (
  plan integer not null references departure_plan on delete cascade,
  position smallint not null check (position >= 0),
  gate smallint,
  primary key (plan, position)
);

create table cabin_class (
  code text primary key,
  name text not null,
  name_en text not null
);
insert into cabin_class values ('special', '特等舱', 'Special class'), ('first', '一等舱', 'First class'),
  ('second', '二等舱', 'Second class'), ('third', '三等舱', 'Third class'), ('fourth', '四等舱', 'Fourth class'),
  ('fifth', '五等舱', 'Fifth class'), ('open', '散席', 'Open seating'), ('vip', '贵宾舱', 'VIP cabin'),
  ('economy', '经济舱', 'Economy class');

create table plan_cabin (
  plan integer not null references departure_plan on delete cascade,
  cabin text not null references cabin_class,
  places integer not null check (places > 0),
  primary key (plan, cabin)
);

-- Fares a version brings; they join `fare` when it is published.
create table version_fare (
  version integer not null references timetable_version,
  line integer not null references line,
  from_position smallint not null,
  to_position smallint not null,
  valid_from date not null,
  full_fare bigint not null check (full_fare >= 0),
  half_fare bigint not null check (half_fare between 0 and full_fare),
  primary key (version, line, from_position, to_position, valid_from)
);

alter table departure
  add column kind text not null default 'fixed' check (kind in ('fixed', 'shuttle', 'extra')),
  -- Of a shuttle: its first run; departs_at is the last.
  add column first_departs_at timestamptz;

-- A loading station sells and boards by its own state; a departure has rows only where it loads.
create table departure_loading (
  departure integer not null references departure on delete cascade,
  position smallint not null,
  departs_at timestamptz not null,
  gate smallint,
  state text not null default 'ON_SALE' check (state in ('ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING', 'DISPATCHED', 'DELAYED',
    'CANCELLED')),
  primary key (departure, position)
);

create table departure_cabin (
  departure integer not null references departure on delete cascade,
  cabin text not null references cabin_class,
  places integer not null,
  primary key (departure, cabin)
);

-- Sold before a version said otherwise: they run as they were sold, and a station must see them to decide.
create table kept_departure (
  version integer not null references timetable_version,
  departure integer not null references departure,
  -- What the version would have made of it.
  wanted text not null check (wanted in ('changed', 'withdrawn')),
  primary key (version, departure)
);

-- Notice to be given before a version may be in force: 15 days on water, 30 days for stopping (国内水路运输管理条例 art. 21).
create table notice_policy (
  id integer generated always as identity primary key,
  mode text not null check (mode in ('coach', 'ferry')),
  valid_from date not null,
  change_days integer not null check (change_days >= 0),
  stop_days integer not null check (stop_days >= 0),
  source text not null,
  constraint notice_policy_once unique (mode, valid_from)
);
create trigger append_only before update or delete on notice_policy for each statement execute function append_only();
insert into notice_policy (mode, valid_from, change_days, stop_days, source) values
  ('ferry', '2013-01-01', 15, 30, '国内水路运输管理条例 第二十一条'),
  ('coach', '2020-09-01', 0, 0, '无统一期限；省道路运输条例第十五条只要求按公布的时间发车');

-- The last day all plans were looked through for departures that are missing. A publication counts the revision up, so that a worker looks again and one that was half way does not claim to be done.
create table generation_state (
  id smallint primary key default 1 check (id = 1),
  revision integer not null default 0,
  looked_on date
);
insert into generation_state default values;

select guard('timetable_version'), guard('departure_plan'), guard('departure_loading'), guard('departure_cabin');

-- Whether a calendar's plans run on a day: an exception decides before weekdays and parity do.
create function runs_on(of service_calendar, day date) returns boolean language sql stable as $$
  select coalesce(
    (select runs from service_exception where calendar = of.id and service_exception.day = $2),
    $2 between of.first_day and of.last_day
      and of.weekdays & (1 << (extract(isodow from $2)::integer - 1)) <> 0
      and (of.parity = 'every' or (of.parity = 'odd') = (extract(day from $2)::integer % 2 = 1)))
$$;

-- The plan a departure of a day comes from: of those that run, the one of the latest version.
create function plans_running(from_day date, to_day date)
returns table (plan integer, line integer, number text, day date, departs_at timestamptz, first_departs_at timestamptz, kind text, places integer)
language sql stable as $$
  select distinct on (plan.line, plan.number, on_day.day) plan.id, plan.line, plan.number, on_day.day,
    (on_day.day + plan.departs_minute * interval '1 minute') at time zone 'Asia/Shanghai',
    (on_day.day + plan.first_minute * interval '1 minute') at time zone 'Asia/Shanghai', plan.kind, plan.places
  from departure_plan as plan
  left join timetable_version as version on version.id = plan.version
  left join service_calendar as service on service.id = plan.calendar
  cross join (select from_day + step as day from generate_series(0, to_day - from_day) as step) as on_day
  where (version.id is null or version.state = 'PUBLISHED')
    and on_day.day >= greatest(plan.valid_from, version.effective) and (plan.valid_to is null or on_day.day <= plan.valid_to)
    and (service.id is null or runs_on(service, on_day.day))
  order by plan.line, plan.number, on_day.day, version.effective desc nulls last, plan.id desc
$$;

-- The departures of one day, each with its seats or places, loading stations and cabins. A shuttle has no numbered seats. A coach
-- takes free children without a seat up to a tenth of its seats (R13).
create function generate_day(of_day date, today date) returns integer language sql as $$
  with open_line as materialized (
    select line.id, line.mode
    from line
    -- The longest period any stop of the line has; each sale asks for its own.
    left join lateral (
      select coalesce(max(presale_days) filter (where sale_policy.line is not null), max(presale_days)) as presale_days from sale_policy
      where sale_policy.mode = line.mode and (sale_policy.line is null or sale_policy.line = line.id)
        and valid_from <= of_day and (valid_to is null or valid_to >= of_day)) as policy on true
    where of_day <= today + coalesce(policy.presale_days, 15)),
  wanted as materialized (
    select running.*, open_line.mode from plans_running(of_day, of_day) as running
    join open_line on open_line.id = running.line),
  generated as (
    insert into departure (line, number, day, departs_at, places, kind, first_departs_at)
    select line, number, day, departs_at, places, kind, first_departs_at from wanted
    order by line, departs_at
    on conflict do nothing
    returning id, line, number, departs_at),
  fresh as materialized (
    select generated.id, generated.departs_at, wanted.plan, wanted.mode, wanted.kind, wanted.places
    from generated join wanted using (line, number)),
  seats as (
    insert into seat_map (departure, occupied)
    select id, array_fill(0, array[places]) from fresh where mode = 'coach' and kind <> 'shuttle'),
  pools as (
    insert into capacity_pool (departure, pool, capacity)
    select id, 'passenger', places from fresh where mode = 'ferry' or kind = 'shuttle'
    union all select id, 'free-child', places / 10 from fresh where mode = 'coach'),
  loadings as (
    insert into departure_loading (departure, position, departs_at, gate)
    select fresh.id, loading.position, fresh.departs_at + stop.minutes * interval '1 minute', loading.gate
    from fresh join plan_loading as loading using (plan)
    join departure_plan on departure_plan.id = fresh.plan
    join line_stop as stop on stop.line = departure_plan.line and stop.position = loading.position),
  cabins as (
    insert into departure_cabin (departure, cabin, places)
    select fresh.id, plan_cabin.cabin, plan_cabin.places from fresh join plan_cabin using (plan))
  select count(*)::integer from generated
$$;
