-- Where taps happen, and what passenger flow was made of a day's taps. Results can be made again at any time from the transactions:
-- nothing here is money.
create table flow_place (
  id integer generated always as identity primary key,
  network text not null,
  name text not null,
  -- What origins and destinations are summed by: a district, an island, a town.
  zone text not null,
  constraint flow_place_name unique (network, name)
);

-- One direction of a bus line is a line of its own; a metro line is one, travelled both ways.
create table flow_line (
  id integer generated always as identity primary key,
  network text not null,
  name text not null,
  -- card_transaction's service: 1 bus, 2 metro, 6 ferry.
  mode smallint not null,
  constraint flow_line_name unique (network, name)
);

create table flow_line_stop (
  line integer not null references flow_line,
  position smallint not null check (position >= 0),
  place integer not null references flow_place,
  -- From the line's first stop.
  minutes smallint not null check (minutes >= 0),
  primary key (line, position)
);

-- A metro gate stands at a place; a bus validator rides in a vehicle, and where it is follows from vehicle_run.
create table terminal_site (
  id integer generated always as identity primary key,
  terminal_number bigint not null,
  line integer not null references flow_line,
  place integer references flow_place,
  vehicle text,
  constraint terminal_site_number unique (terminal_number)
);

create table vehicle_run (
  vehicle text not null,
  starts_at timestamptz not null,
  line integer not null references flow_line,
  primary key (vehicle, starts_at)
);

-- What was made of one day, and how well. Counts of taps unless it says otherwise.
create table flow_day (
  day date primary key,
  analysed_at timestamptz not null,
  -- How long it took, and the most memory the process had at the end of it.
  seconds real not null,
  megabytes integer not null,
  taps integer not null,
  -- At a terminal whose line is known; at a known place.
  known integer not null,
  placed integer not null,
  -- Metro: entry and exit of one ride; entries without an exit, exits without an entry.
  paired integer not null,
  open_entries integer not null,
  open_exits integer not null,
  -- Rides whose alighting stop was inferred by trip chaining; bus rides where it could not be.
  inferred integer not null,
  not_inferred integer not null,
  -- The method tried on metro rides, whose exit is known: how many, how many right, how many within one stop.
  chain_tried integer not null,
  chain_right integer not null,
  chain_near integer not null,
  transfers integer not null,
  journeys integer not null,
  -- Ticket coupons used or travelled by, of coaches and ferries.
  coupons integer not null
);

create table flow_boarding (
  day date not null references flow_day on delete cascade,
  line integer not null references flow_line,
  place integer references flow_place,
  passage smallint not null,
  -- Quarter hour of the day, 0 to 95.
  quarter smallint not null check (quarter between 0 and 95),
  taps integer not null
);
create index flow_boarding_of_day on flow_boarding (day);

create table flow_pair (
  day date not null references flow_day on delete cascade,
  mode smallint not null,
  origin integer not null references flow_place,
  destination integer not null references flow_place,
  hour smallint not null check (hour between 0 and 23),
  rides integer not null,
  inferred integer not null
);
create index flow_pair_of_day on flow_pair (day);

-- Whole journeys by zone: rides with less than the transfer time between them are one. Coupons join by their cities.
create table flow_journey (
  day date not null references flow_day on delete cascade,
  origin_zone text not null,
  destination_zone text not null,
  hour smallint not null check (hour between 0 and 23),
  -- 'metro', 'bus+metro', 'coach+ferry': in the order travelled.
  modes text not null,
  journeys integer not null
);
create index flow_journey_of_day on flow_journey (day);

-- Passengers between a stop and the next one of the line (or the one before, when backward).
create table flow_load (
  day date not null references flow_day on delete cascade,
  line integer not null references flow_line,
  position smallint not null,
  backward boolean not null,
  hour smallint not null check (hour between 0 and 23),
  passengers integer not null
);
create index flow_load_of_day on flow_load (day);

create table flow_discount (
  day date not null references flow_day on delete cascade,
  line integer not null references flow_line,
  -- card_transaction's discount; 0 without one.
  discount smallint not null,
  taps integer not null,
  price bigint not null,
  amount bigint not null
);
create index flow_discount_of_day on flow_discount (day);

-- Clearing days whose taps are in the analysis.
create table flow_analysed (
  clearing_day date primary key references clearing_day,
  analysed_at timestamptz not null
);

-- A travel day somebody wants analysed again; the worker does it.
create table flow_request (
  day date primary key,
  asked_at timestamptz not null
);

select guard('flow_place'), guard('flow_line'), guard('flow_line_stop'), guard('terminal_site'), guard('vehicle_run'), guard('flow_day'),
  guard('flow_boarding'), guard('flow_pair'), guard('flow_journey'), guard('flow_load'), guard('flow_discount'), guard('flow_analysed'), guard('flow_request');
