-- The network (stations, ports, carriers, lines) and what runs on it: plans, departures, fares and policies, all of them dated rows.
create extension if not exists btree_gist;

create table place (
  id integer generated always as identity primary key,
  -- GB/T 2260 area and three digits for a station, P and two digits for a port (a choice: the official codes are not public).
  code text not null check (code ~ '^[0-9]{6}([0-9]{3}|P[0-9]{2})$'),
  kind text not null check (kind in ('station', 'port')),
  name text not null,
  city text not null,
  address text not null default '',
  sample boolean not null default false,
  constraint place_code unique (code)
);
create index place_city on place (city);

create table carrier (
  id integer generated always as identity primary key,
  code text not null,
  name text not null,
  sample boolean not null default false,
  constraint carrier_code unique (code)
);

create table line (
  id integer generated always as identity primary key,
  code text not null,
  name text not null,
  mode text not null check (mode in ('coach', 'ferry')),
  -- 一类 … 四类 of a coach line; null on water.
  class smallint check (class between 1 and 4),
  carrier integer not null references carrier,
  real_name boolean not null,
  sample boolean not null default false,
  constraint line_code unique (code),
  check ((mode = 'coach') = (class is not null))
);

-- Positions count from 0. A stretch of a journey is the half-open range [boarding, alighting); a seat keeps one bit per
-- section in an integer, hence at most 31 sections.
create table line_stop (
  line integer not null references line,
  position smallint not null check (position between 0 and 31),
  place integer not null references place,
  -- After the departure from position 0.
  minutes integer not null check (minutes >= 0),
  kilometres integer not null check (kilometres >= 0),
  primary key (line, position),
  constraint line_stop_once unique (line, place)
);
create index line_stop_place on line_stop (place, line, position);

create table gate (
  id integer generated always as identity primary key,
  place integer not null references place,
  number smallint not null check (number > 0),
  name text not null,
  constraint gate_number unique (place, number)
);

-- Fares by stretch. A new price is a new row.
create table fare (
  line integer not null,
  from_position smallint not null,
  to_position smallint not null,
  valid_from date not null,
  valid_to date,
  full_fare bigint not null check (full_fare >= 0),
  half_fare bigint not null check (half_fare between 0 and full_fare),
  sample boolean not null default false,
  primary key (line, from_position, to_position, valid_from),
  foreign key (line, from_position) references line_stop (line, position),
  foreign key (line, to_position) references line_stop (line, position),
  check (from_position < to_position)
);

create table refund_policy (
  id integer generated always as identity primary key,
  code text not null,
  name text not null,
  -- Refunding a ticket that was changed once costs the latest tier before departure (琼州海峡).
  changed_counts_as_late boolean not null default false,
  source text not null,
  constraint refund_policy_code unique (code)
);

-- The tier with the greatest threshold not above the seconds left before departure applies; none means closed.
-- A negative threshold reaches past the departure.
create table refund_tier (
  policy integer not null references refund_policy,
  at_least_seconds integer not null,
  -- full, half, free or vehicle; 'any' where the kinds do not differ.
  fare_kind text not null default 'any' check (fare_kind in ('any', 'full', 'half', 'free', 'vehicle')),
  rate numeric(4, 3) not null default 0 check (rate between 0 and 1),
  minimum bigint not null default 0 check (minimum >= 0),
  -- A fixed fee instead of a rate.
  fixed bigint check (fixed >= 0),
  primary key (policy, at_least_seconds, fare_kind)
);

-- A coupon freezes its policy by naming it, so a policy is never edited: new terms are a new policy.
create trigger append_only before update or delete on refund_policy for each statement execute function append_only();
create trigger append_only before update or delete on refund_tier for each statement execute function append_only();

-- The most specific row valid on the day of departure wins: the line's own, else its mode's.
create table sale_policy (
  id integer generated always as identity primary key,
  mode text not null check (mode in ('coach', 'ferry')),
  line integer references line,
  valid_from date not null,
  valid_to date,
  presale_days integer not null,
  sale_closes_minutes integer not null,
  hold_minutes integer not null check (hold_minutes > 0),
  passengers_per_order integer not null,
  free_children_per_adult integer not null,
  -- Completed years on the day of departure, inclusive.
  free_age_max integer not null,
  half_age_max integer not null,
  service_fee bigint not null default 0 check (service_fee >= 0),
  check_in_opens_minutes integer not null,
  -- Before departure; negative lets a late passenger through (补检).
  check_in_closes_minutes integer not null,
  void_minutes integer not null,
  refund_policy integer not null references refund_policy,
  sample boolean not null default false,
  constraint sale_policy_once unique nulls not distinct (mode, line, valid_from)
);

create table departure_plan (
  line integer not null references line,
  number text not null,
  -- Shanghai wall clock, minutes after midnight.
  departs_minute smallint not null check (departs_minute between 0 and 1439),
  -- Numbered seats of a coach, or the licensed number of passengers (载客定额) of a vessel.
  places integer not null check (places > 0),
  valid_from date not null,
  valid_to date,
  sample boolean not null default false,
  primary key (line, number)
);

create table departure (
  id integer generated always as identity primary key,
  line integer not null references line,
  number text not null,
  day date not null,
  departs_at timestamptz not null,
  places integer not null,
  state text not null default 'ON_SALE' check (state in ('PLANNED', 'ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING',
    'DISPATCHED', 'ARRIVED', 'DELAYED', 'CANCELLED', 'MERGED', 'MISSED')),
  constraint departure_once unique (line, day, number)
);
create index departure_of_day on departure (day, departs_at);

-- One integer per numbered seat, one bit per section of the line: seat n is free for a stretch when its bits are clear.
-- Selling is an update of this row, so the buyers of one departure queue here and nowhere else.
create table seat_map (
  departure integer primary key references departure,
  occupied integer[] not null
) with (fillfactor = 50);

-- Places without a number: the passengers a vessel may carry, the free children a full coach may still take (10 %, R13).
create table capacity_pool (
  departure integer not null references departure,
  pool text not null check (pool in ('passenger', 'free-child')),
  capacity integer not null check (capacity >= 0),
  taken integer not null default 0,
  primary key (departure, pool),
  constraint capacity_pool_not_oversold check (taken between 0 and capacity)
) with (fillfactor = 50);

select guard('departure'), guard('seat_map'), guard('capacity_pool');

-- The bits of a stretch: sections from_position up to, not including, to_position.
create function stretch_mask(from_position integer, to_position integer) returns integer
  language sql immutable parallel safe
  return ((1::bigint << to_position) - (1::bigint << from_position))::bit(32)::integer;
