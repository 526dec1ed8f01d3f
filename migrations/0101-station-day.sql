-- The station's day: who and what may run (the register), the report (报班) of a departure with its vehicle and crew, the bay it leaves
-- from, its dispatch (发班) with a signed manifest, and the counts exchanged with port and carrier afterwards.

alter table departure_loading add column bay text check (length(bay) between 1 and 12);

-- What a station's day goes by; the most specific row valid on the day wins. Never edited: new terms are a new row. The numbers in
-- brackets are the parameters of station systems (ticketing facts §1.4).
create table station_policy (
  id integer generated always as identity primary key,
  mode text not null check (mode in ('coach', 'ferry')),
  line integer references line,
  valid_from date not null,
  -- Before departure (2001, 2002); a negative one reaches past it.
  report_earliest_minutes integer not null,
  report_latest_minutes integer not null,
  -- 安检 (2013, 6008): none is asked for when null; a passed one counts for so many hours.
  inspection_hours integer check (inspection_hours > 0),
  conveyance_papers text[] not null,
  crew_papers text[] not null,
  crew_min smallint not null check (crew_min > 0),
  -- Before departure (3008).
  dispatch_opens_minutes integer not null,
  -- After departure, while it has not left (3017).
  late_check_in_minutes integer not null,
  -- 混检: a ticket for another departure of the line, that day or so many days back (3003 … 3033); null forbids it.
  mixed_check_days integer check (mixed_check_days >= 0),
  -- 脱班 (2046): marked by itself so long after departure without a report; null leaves it to the dispatcher.
  missed_after_minutes integer,
  free_from_delay_minutes integer not null,
  source text not null,
  constraint station_policy_once unique nulls not distinct (mode, line, valid_from)
);
create trigger append_only before update or delete on station_policy for each statement execute function append_only();
insert into station_policy (mode, valid_from, report_earliest_minutes, report_latest_minutes, inspection_hours, conveyance_papers, crew_papers,
  crew_min, dispatch_opens_minutes, late_check_in_minutes, mixed_check_days, missed_after_minutes, free_from_delay_minutes, source)
values
  ('coach', '2020-01-01', 180, -30, 24, '{vehicle-licence,transport-permit,liability-insurance}', '{driving-licence,qualification}',
    1, 15, 10, 0, null, 15, '示例值；安检与报班见车站系统参数 2001、2002、2013、6008'),
  ('ferry', '2020-01-01', 240, -60, 24, '{seaworthiness,operation-permit,liability-insurance}', '{competency}',
    1, 20, 10, 7, null, 30, '示例值；停航船票延后有效见琼州海峡公告');

-- 运输工具: a coach or a vessel.
create table conveyance (
  id integer generated always as identity primary key,
  -- The plate, or the vessel's name.
  code text not null check (length(code) between 1 and 20),
  mode text not null check (mode in ('coach', 'ferry')),
  carrier integer not null references carrier,
  -- 核定载客.
  places integer not null check (places > 0),
  withdrawn_at timestamptz,
  sample boolean not null default false,
  constraint conveyance_code unique (code)
);

create table crew_member (
  id integer generated always as identity primary key,
  -- The number the carrier knows him by.
  code text not null check (length(code) between 1 and 20),
  name text not null,
  mode text not null check (mode in ('coach', 'ferry')),
  carrier integer not null references carrier,
  withdrawn_at timestamptz,
  sample boolean not null default false,
  constraint crew_member_code unique (code)
);

-- 证照 with its last day. A renewal is a new row; the latest one of a kind counts.
create table paper (
  id integer generated always as identity primary key,
  conveyance integer references conveyance,
  crew_member integer references crew_member,
  kind text not null check (kind ~ '^[a-z-]+$'),
  number text not null,
  valid_to date not null,
  registered_at timestamptz not null,
  registered_by text not null,
  check ((conveyance is null) <> (crew_member is null))
);
create index paper_conveyance on paper (conveyance, kind, valid_to desc);
create index paper_crew_member on paper (crew_member, kind, valid_to desc);
create trigger append_only before update or delete on paper for each statement execute function append_only();

create table safety_inspection (
  -- Chosen by the inspector's device.
  id uuid primary key,
  conveyance integer not null references conveyance,
  place integer not null references place,
  passed boolean not null,
  failed_items text[] not null,
  inspector text not null,
  inspected_at timestamptz not null,
  check (passed = (failed_items = '{}'))
);
create index safety_inspection_of on safety_inspection (conveyance, inspected_at desc);
create trigger append_only before update or delete on safety_inspection for each statement execute function append_only();

create table departure_report (
  id uuid primary key,
  departure integer not null references departure,
  conveyance integer not null references conveyance,
  -- From departure to arrival.
  runs tstzrange not null,
  reported_at timestamptz not null,
  reported_by text not null,
  -- A vehicle was changed, or the departure does not run.
  withdrawn_at timestamptz,
  -- One vehicle is in one place.
  constraint report_conveyance_free exclude using gist (conveyance with =, runs with &&) where (withdrawn_at is null)
);
create unique index departure_report_one on departure_report (departure) where withdrawn_at is null;

create table report_crew (
  report uuid not null references departure_report,
  crew_member integer not null references crew_member,
  runs tstzrange not null,
  live boolean not null default true,
  primary key (report, crew_member),
  constraint report_crew_free exclude using gist (crew_member with =, runs with &&) where (live)
);

-- A departure left one of its stations.
create table dispatch (
  departure integer not null references departure,
  position smallint not null,
  dispatched_at timestamptz not null,
  dispatched_by text not null,
  -- Who came aboard here, by class, free passengers among them, and who did not come.
  counts jsonb not null,
  missed integer not null check (missed >= 0),
  -- The manifest: sealed as it names people; digest and SM2 signature are over the open bytes.
  manifest bytea not null,
  digest bytea not null check (octet_length(digest) = 32),
  signature bytea not null check (octet_length(signature) = 64),
  primary key (departure, position)
);
create trigger append_only before update or delete on dispatch for each statement execute function append_only();

create table count_exchange (
  departure integer not null,
  position smallint not null,
  party text not null check (party in ('port', 'carrier')),
  state text not null default 'WAITING' check (state in ('WAITING', 'AGREED', 'DIFFERS', 'SETTLED')),
  theirs jsonb,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  answered_at timestamptz,
  settled_by text,
  -- How the difference was explained.
  settlement text,
  primary key (departure, position, party),
  foreign key (departure, position) references dispatch,
  check ((state = 'SETTLED') = (settled_by is not null)),
  check ((state = 'WAITING') = (next_attempt_at is not null))
);
create index count_exchange_due on count_exchange (next_attempt_at) where state = 'WAITING';

-- The simulated port and carriers count for themselves.
create table simulated_count (
  departure integer not null,
  position smallint not null,
  party text not null,
  counts jsonb not null,
  asked integer not null default 1,
  primary key (departure, position, party)
);

-- Who read a manifest with its names.
create table manifest_reading (
  id integer generated always as identity primary key,
  departure integer not null,
  position smallint not null,
  actor text not null,
  at timestamptz not null
);
create trigger append_only before update or delete on manifest_reading for each statement execute function append_only();

-- 补检、混检: a passenger let aboard by the dispatcher. The id is the caller's.
create table admission (
  id uuid primary key,
  ticket_no text not null references coupon (ticket_no),
  kind text not null check (kind in ('late', 'mixed')),
  from_departure integer not null references departure,
  departure integer not null references departure,
  seat_before smallint,
  seat_after smallint,
  admitted_by text not null,
  admitted_at timestamptz not null
);
create trigger append_only before update or delete on admission for each statement execute function append_only();

select guard('conveyance'), guard('crew_member'), guard('paper'), guard('safety_inspection'), guard('departure_report'), guard('report_crew'),
  guard('dispatch'), guard('count_exchange'), guard('admission'), guard('manifest_reading');

-- As in migration 0011; what is suspended is not boarded either.
create or replace function still_to_board(of_departure integer, from_stop integer, at timestamptz) returns boolean language sql stable as $$
  select departure.state not in ('SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED', 'DISPATCHED', 'ARRIVED')
    and departure.departs_at + stop.minutes * interval '1 minute' > at
  from departure join line_stop as stop on stop.line = departure.line and stop.position = from_stop
  where departure.id = of_departure
$$;

-- Gives back the places of tickets, by ticket rather than by order. Who calls this holds their orders.
create function free_tickets(tickets text[], new_state text) returns integer language plpgsql as $$
declare
  count integer;
begin
  perform lock_departures(array(select distinct departure from coupon where ticket_no = any (tickets) and departure is not null));
  with freed as (
    update coupon set state = new_state, live = false where ticket_no = any (tickets) and live
    returning departure, seat_number, claims, stretch_mask(lower(stops), upper(stops)) as stretch),
  emptied as (
    update seat_map set occupied = array(
      select mask & ~coalesce((select bit_or(freed.stretch) from freed
        where freed.departure = seat_map.departure and freed.seat_number = number), 0)
      from unnest(occupied) with ordinality as seat(mask, number) order by number)
    where departure in (select departure from freed where seat_number is not null)),
  returned as (
    update capacity_pool set taken = taken - back.amount
    from (select departure, key as pool, sum(value::integer) as amount from freed, jsonb_each_text(claims) group by 1, 2) as back
    where capacity_pool.departure = back.departure and capacity_pool.pool = back.pool)
  select count(*) into count from freed;
  return count;
end $$;

-- Moves a ticket to another departure of the same line, to the seat wished for where it is free. Null when there is no place, or the same
-- person has one there already; else the seat, 0 where seats have no number. Who calls this holds the order and both departures.
create function move_ticket(of_ticket text, to_departure integer, new_state text, wished integer, at timestamptz) returns integer
  language plpgsql as $$
declare
  moving coupon;
  from_departure integer;
  stretch integer;
  seats integer[];
  target integer;
begin
  select * into moving from coupon where ticket_no = of_ticket for update;
  from_departure := moving.departure;
  stretch := stretch_mask(lower(moving.stops), upper(moving.stops));
  if moving.document_digest is not null and exists (
    select from coupon where departure = to_departure and live and document_digest = moving.document_digest) then
    return null;
  end if;
  if moving.seat_number is not null then
    select occupied into seats from seat_map where departure = to_departure for update;
    if seats is null then
      return null;
    end if;
    if seats[wished] & stretch = 0 and wished <> all (closed_seats(to_departure, lower(moving.stops), at)) then
      target := wished;
    else
      target := (best_seats(seats, stretch, 1, closed_seats(to_departure, lower(moving.stops), at), '{}'))[1];
    end if;
    if target is null then
      return null;
    end if;
    update seat_map set occupied[target] = occupied[target] | stretch where departure = to_departure;
    update seat_map set occupied[moving.seat_number] = occupied[moving.seat_number] & ~stretch where departure = from_departure;
  else
    begin
      perform claim_pools(to_departure, moving.claims);
    exception when sqlstate 'LN010' then
      return null;
    end;
    update capacity_pool set taken = taken - (moving.claims ->> pool)::integer
      where departure = from_departure and moving.claims ? pool;
  end if;
  update coupon set departure = to_departure, seat_number = target, state = new_state where ticket_no = of_ticket;
  update ticket_order set departures = array_replace(departures, from_departure, to_departure) where id = moving.order_id
    and not exists (select from coupon where order_id = moving.order_id and departure = from_departure and live);
  update ticket_order set departures = departures || to_departure where id = moving.order_id and to_departure <> all (departures);
  update boarding_check set undone_at = at where ticket_no = of_ticket and result = 'OPEN' and undone_at is null;
  -- The code names the departure; it is signed anew when it is shown next.
  delete from credential where ticket_no = of_ticket;
  return coalesce(target, 0);
end $$;
