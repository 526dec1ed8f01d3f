-- Through and return products with their connections, vehicles aboard, and seats set aside for loading stations or withdrawn.

-- Where one may change, besides within a place; `minutes` when the way takes longer than the rule asks.
create table interchange (
  from_place integer not null references place,
  to_place integer not null references place,
  minutes integer not null default 0 check (minutes >= 0),
  sample boolean not null default false,
  primary key (from_place, to_place)
);

-- Minimum connection times (ticketing facts §3.3). The latest row valid on the day counts.
create table connection_policy (
  from_mode text not null check (from_mode in ('coach', 'ferry')),
  to_mode text not null check (to_mode in ('coach', 'ferry')),
  with_vehicle boolean not null,
  valid_from date not null,
  minutes integer not null check (minutes >= 0),
  -- On top when either leg crosses the boundary to Hong Kong or Macao.
  boundary_minutes integer not null check (boundary_minutes >= 0),
  source text not null,
  primary key (from_mode, to_mode, with_vehicle, valid_from)
);
create trigger append_only before update or delete on connection_policy for each statement execute function append_only();
insert into connection_policy (from_mode, to_mode, with_vehicle, valid_from, minutes, boundary_minutes, source) values
  ('coach', 'ferry', false, '2020-01-01', 60, 45, '停售30分钟加换乘；本平台选定'),
  ('coach', 'ferry', true, '2020-01-01', 120, 45, '车辆停售90分钟加换乘；本平台选定'),
  ('ferry', 'coach', false, '2020-01-01', 45, 45, '本平台选定'),
  ('ferry', 'coach', true, '2020-01-01', 45, 45, '本平台选定'),
  ('coach', 'coach', false, '2020-01-01', 30, 45, '本平台选定'),
  ('coach', 'coach', true, '2020-01-01', 30, 45, '本平台选定'),
  ('ferry', 'ferry', false, '2020-01-01', 60, 45, '本平台选定'),
  ('ferry', 'ferry', true, '2020-01-01', 120, 45, '本平台选定');

-- The minutes one needs between two legs; null where there is no way from one to the other.
create function connection_minutes(arrives integer, from_mode text, departs integer, to_mode text, with_vehicle boolean, boundary boolean,
  on_day date) returns integer language sql stable as $$
  select greatest(rule.minutes, coalesce(way.minutes, 0)) + case when boundary then rule.boundary_minutes else 0 end
  from connection_policy as rule
  left join interchange as way on way.from_place = arrives and way.to_place = departs
  where rule.from_mode = $2 and rule.to_mode = $4 and rule.with_vehicle = $5 and rule.valid_from <= on_day
    and (arrives = departs or way.from_place is not null)
  order by rule.valid_from desc limit 1
$$;

-- Legs sold together for less than by themselves. A coupon freezes its share, so a product is never edited: a new one is a new row.
create table through_product (
  id integer generated always as identity primary key,
  code text not null,
  name text not null,
  kind text not null check (kind in ('through', 'return')),
  contract text not null check (contract in ('THROUGH', 'COMBINED')),
  -- Off the sum of the single full fares; half of it off half fares.
  discount bigint not null check (discount >= 0),
  -- The return leg may stay open for so many days; null when every leg names its departure.
  open_days integer check (open_days > 0),
  valid_from date not null,
  valid_to date,
  sample boolean not null default false,
  constraint through_product_code unique (code, valid_from),
  check (kind = 'return' or open_days is null)
);

create table through_product_leg (
  product integer not null references through_product,
  leg smallint not null check (leg >= 0),
  line integer not null references line,
  from_position smallint not null,
  to_position smallint not null,
  -- A special prorate agreement: so much of a full fare, whatever the product costs; half of it of a half fare.
  fixed_share bigint check (fixed_share >= 0),
  primary key (product, leg),
  foreign key (line, from_position) references line_stop (line, position),
  foreign key (line, to_position) references line_stop (line, position)
);
create trigger append_only before update or delete on through_product for each statement execute function append_only();
create trigger append_only before update or delete on through_product_leg for each statement execute function append_only();

alter table ticket_order add column product integer references through_product;

-- The car deck of a line's vessels, counted in three pools beside the passengers.
create table deck_plan (
  line integer primary key references line,
  slots integer not null check (slots >= 0),
  lane_cm integer not null check (lane_cm >= 0),
  -- Fire safety limits new-energy vehicles by a quota of their own.
  new_energy integer not null check (new_energy >= 0),
  -- Zero but on sailings set aside for dangerous goods.
  dangerous_goods integer not null check (dangerous_goods >= 0),
  sample boolean not null default false
);

create table vehicle_fare (
  line integer not null,
  from_position smallint not null,
  to_position smallint not null,
  kind text not null check (kind in ('car', 'coach', 'truck', 'motorcycle', 'tricycle', 'bicycle')),
  length_cm_max integer not null check (length_cm_max > 0),
  valid_from date not null,
  fare bigint not null check (fare >= 0),
  sample boolean not null default false,
  primary key (line, from_position, to_position, kind, length_cm_max, valid_from),
  foreign key (line, from_position) references line_stop (line, position),
  foreign key (line, to_position) references line_stop (line, position)
);

-- A vehicle's coupon is bound to its driver's; the coupon's document is the plate, so one vehicle has one place on a sailing.
create table vehicle (
  order_id uuid not null,
  position smallint not null,
  driver smallint not null,
  plate text not null check (length(plate) between 1 and 8),
  kind text not null check (kind in ('car', 'coach', 'truck', 'motorcycle', 'tricycle', 'bicycle')),
  length_cm integer not null check (length_cm > 0),
  new_energy boolean not null,
  dangerous_goods boolean not null,
  primary key (order_id, position),
  foreign key (order_id, position) references coupon,
  foreign key (order_id, driver) references coupon (order_id, position),
  check (driver <> position)
);

alter table capacity_pool drop constraint capacity_pool_pool_check;
alter table capacity_pool add constraint capacity_pool_pool_check
  check (pool in ('passenger', 'free-child', 'vehicle', 'lane', 'new-energy', 'dangerous-goods'));
alter table coupon drop constraint coupon_fare_kind_check;
alter table coupon add constraint coupon_fare_kind_check check (fare_kind in ('full', 'half', 'free', 'vehicle', 'truck'));

-- Seats only passengers from one stop may have (配载), or nobody at all (position null), until they are released by the clock.
create table seat_quota (
  departure integer not null references departure,
  position smallint,
  seats integer[] not null check (cardinality(seats) > 0),
  releases_at timestamptz not null,
  constraint seat_quota_once unique nulls not distinct (departure, position)
);

create table quota_plan (
  line integer not null,
  position smallint not null,
  seats integer[] not null check (cardinality(seats) > 0),
  -- Before the departure from the loading station.
  release_minutes integer not null default 30 check (release_minutes >= 0),
  sample boolean not null default false,
  primary key (line, position),
  foreign key (line, position) references line_stop (line, position)
);

select guard('vehicle'), guard('seat_quota');

-- Whatever makes a departure, its decks and quotas come with it.
create function lay_decks_and_quotas() returns trigger language plpgsql as $$
begin
  insert into capacity_pool (departure, pool, capacity)
  select fresh.id, pool, capacity from fresh join deck_plan as deck on deck.line = fresh.line
  cross join lateral (values ('vehicle', slots), ('lane', lane_cm), ('new-energy', new_energy), ('dangerous-goods', dangerous_goods))
    as pools(pool, capacity);
  insert into seat_quota (departure, position, seats, releases_at)
  select fresh.id, plan.position, plan.seats, fresh.departs_at + (stop.minutes - plan.release_minutes) * interval '1 minute'
  from fresh join quota_plan as plan on plan.line = fresh.line
  join line_stop as stop on stop.line = plan.line and stop.position = plan.position;
  return null;
end $$;
create trigger lay_decks_and_quotas after insert on departure referencing new table as fresh
  for each statement execute function lay_decks_and_quotas();

-- The seats a passenger from this stop cannot have now.
create function closed_seats(of_departure integer, from_stop integer, at timestamptz) returns integer[] language sql stable as $$
  select coalesce(array_agg(seat), '{}') from seat_quota, unnest(seats) as seat
  where departure = of_departure and position is distinct from from_stop and releases_at > at
$$;

-- How many seats are free for a stretch, to somebody who asks now.
create function seats_left(of_departure integer, occupied integer[], from_stop integer, to_stop integer, at timestamptz) returns integer
  language sql stable as $$
  select count(*)::integer from unnest(occupied) with ordinality as seat(mask, number)
  where mask & stretch_mask(from_stop, to_stop) = 0 and number <> all (closed_seats(of_departure, from_stop, at))
$$;

drop function claim_seats(integer, integer, integer, integer[]);
drop function best_seats(integer[], integer, integer);
drop function lacking(integer, integer, integer, jsonb);
drop function reclaim_places(uuid);

-- The best free seats of a map: for a party next to each other where that goes, side by side rather than across the aisle; a loading
-- station's own seats first; and the most used seats, so that whole-way seats stay whole. Null when there are too few.
create function best_seats(seats integer[], stretch integer, wanted integer, closed integer[], own integer[]) returns integer[]
  language sql immutable as $$
  with free as materialized (
    select number::integer, bit_count(mask::bit(32)) as used, (number = any (own))::integer as own
    from unnest(seats) with ordinality as seat(mask, number) where mask & stretch = 0 and number <> all (closed)),
  together as (
    select array_agg(number) over party as numbers, sum(used) over party as used, sum(own) over party as own, number
    from free where wanted > 1
    window party as (order by number rows between current row and wanted - 1 following)),
  best as (
    select numbers from together
    where cardinality(numbers) = wanted and numbers[wanted] = number + wanted - 1
    order by own desc, used desc, number % 2 desc, number limit 1),
  apart as (
    select array_agg(number order by number) as numbers
    from (select number from free order by own desc, used desc, number limit wanted) as one)
  select coalesce((select numbers from best), (select numbers from apart where cardinality(numbers) = wanted))
$$;

-- Takes a seat for each entry under the lock of the seat map: the one asked for, or for null any. Null when there are too few.
create function claim_seats(of_departure integer, from_stop integer, to_stop integer, wanted integer[], at timestamptz)
  returns integer[] language plpgsql as $$
declare
  stretch integer := stretch_mask(from_stop, to_stop);
  seats integer[];
  closed integer[];
  own integer[];
  any_wanted integer := 0;
  chosen integer[];
  seat integer;
begin
  select occupied into seats from seat_map where departure = of_departure for update;
  -- Read after the lock: who withdraws seats holds it.
  select coalesce(array_agg(one) filter (where position is distinct from from_stop), '{}'),
    coalesce(array_agg(one) filter (where position = from_stop), '{}')
  into closed, own from seat_quota, unnest(seat_quota.seats) as one where departure = of_departure and releases_at > at;
  foreach seat in array wanted loop
    if seat is null then
      any_wanted := any_wanted + 1;
    elsif coalesce(seats[seat] & stretch, 1) <> 0 or seat = any (closed) then
      raise exception 'seat % is taken', seat using errcode = 'LN010', constraint = 'seat_taken';
    else
      seats[seat] := seats[seat] | stretch;
    end if;
  end loop;
  if any_wanted > 0 then
    chosen := best_seats(seats, stretch, any_wanted, closed, own);
    if chosen is null then
      return null;
    end if;
    foreach seat in array chosen loop
      seats[seat] := seats[seat] | stretch;
    end loop;
    for place in 1 .. cardinality(wanted) loop
      if wanted[place] is null then
        wanted[place] := chosen[1];
        chosen := chosen[2:];
      end if;
    end loop;
  end if;
  update seat_map set occupied = seats where departure = of_departure;
  return wanted;
end $$;

-- What a leg lacks, looked at without any lock: ten thousand buyers of a full coach are answered without queueing for it.
create function lacking(of_departure integer, from_stop integer, to_stop integer, seats integer, claims jsonb, at timestamptz) returns text
  language plpgsql stable as $$
begin
  if seats > 0 and coalesce((select seats_left(departure, occupied, from_stop, to_stop, at) < seats
      from seat_map where departure = of_departure), true) then
    return 'departure_full';
  end if;
  if claims = '{}' then
    return null;
  end if;
  return (select wanted.key || '_full' from jsonb_each_text(claims) as wanted
    left join capacity_pool on capacity_pool.departure = of_departure and pool = wanted.key
    where coalesce(taken + wanted.value::integer > capacity, true) order by wanted.key limit 1);
end $$;

-- Answers 'held', 'known' (this id was used before; the caller compares the digest) or the name of what is full.
create or replace function hold_order(request jsonb) returns text language plpgsql as $$
declare
  new_id uuid := (request ->> 'id')::uuid;
  placed timestamptz := (request ->> 'placedAt')::timestamptz;
  way integer[] := array(select departure from legs_of(request) where departure is not null order by leg);
  seats jsonb := '{}';
  taken integer[];
  one record;
  lack text;
begin
  perform set_config('app.tx', 'function', true);
  if exists (select from ticket_order where id = new_id) then
    return 'known';
  end if;
  if exists (select from ticket_order where state = 'LOCKED' and hold_until <= placed and departures && way) then
    perform release_expired_holds(way, placed, 100);
  end if;
  select lacks into lack from legs_of(request) as leg,
    lacking(leg.departure, leg.from_stop, leg.to_stop, cardinality(leg.wanted), leg.claims, placed) as lacks
    where leg.departure is not null and lacks is not null limit 1;
  if lack is not null then
    return lack;
  end if;
  insert into ticket_order (id, request_digest, owner, sold_at, departures, journey_number, contract, product, state, total, hold_until, placed_at)
  values (new_id, decode(request ->> 'digest', 'hex'), request ->> 'owner', (request ->> 'soldAt')::integer, way,
    case when request ->> 'contract' is not null then 'J' || to_char(placed at time zone 'Asia/Shanghai', 'YYMMDD')
      || lpad(nextval('journey_serial')::text, 9, '0') end,
    request ->> 'contract', (request ->> 'product')::integer, 'LOCKED', (request ->> 'total')::bigint, (request ->> 'holdUntil')::timestamptz, placed)
  on conflict (id) do nothing;
  if not found then
    return 'known';
  end if;
  for one in select * from legs_of(request) where cardinality(wanted) > 0 order by departure loop
    taken := claim_seats(one.departure, one.from_stop, one.to_stop, one.wanted, placed);
    if taken is null then
      raise exception 'departure % is full', one.departure using errcode = 'LN010', constraint = 'departure_full';
    end if;
    seats := seats || jsonb_build_object(one.leg, taken);
  end loop;
  insert into coupon (order_id, position, leg, passenger, ticket_no, departure, open_line, open_until, stops, seat_number, claims,
    state, fare_kind, fare, single_fare, service_fee, refund_policy, document_kind, document_digest, identity)
  select new_id, ordinal - 1, coupon.leg, coupon.passenger, next_ticket_number(request ->> 'numberPrefix'), leg.departure,
    leg.open_line, leg.open_until, int4range(leg.from_stop, leg.to_stop),
    (seats -> coupon.leg::text ->> (coupon.seat_place))::integer, coupon.claims, 'HELD', fare_kind, fare, single_fare,
    service_fee, leg.refund_policy, document_kind, decode(document_digest, 'hex'), decode(identity, 'hex')
  from rows from (jsonb_to_recordset(request -> 'coupons') as (leg integer, passenger integer, seat_place integer, claims jsonb,
    fare_kind text, fare bigint, single_fare bigint, service_fee bigint, document_kind text, document_digest text, identity text))
    with ordinality as coupon(leg, passenger, seat_place, claims, fare_kind, fare, single_fare, service_fee, document_kind,
    document_digest, identity, ordinal)
  join legs_of(request) as leg on leg.leg = coupon.leg
  order by leg.departure, ordinal;
  if request ? 'vehicles' then
    insert into vehicle (order_id, position, driver, plate, kind, length_cm, new_energy, dangerous_goods)
    select new_id, position, driver, plate, kind, length_cm, new_energy, dangerous_goods
    from jsonb_to_recordset(request -> 'vehicles') as vehicle(position smallint, driver smallint, plate text, kind text,
      length_cm integer, new_energy boolean, dangerous_goods boolean);
  end if;
  for one in select * from legs_of(request) as leg where leg.claims <> '{}' and leg.departure is not null order by departure loop
    perform claim_pools(one.departure, one.claims);
  end loop;
  return 'held';
end $$;

-- Takes the places of an expired order again for money that came late; false when they are gone.
create function reclaim_places(of_order uuid, at timestamptz) returns boolean language plpgsql as $$
declare
  one record;
  taken integer[];
begin
  for one in
    select departure, lower(stops) as from_stop, upper(stops) as to_stop, array_agg(position order by position) as positions
    from coupon where order_id = of_order and claims = '{}' and departure is not null
    group by departure, stops order by departure
  loop
    taken := claim_seats(one.departure, one.from_stop, one.to_stop, array_fill(null::integer, array[cardinality(one.positions)]), at);
    if taken is null then
      raise exception 'departure % is full', one.departure using errcode = 'LN010', constraint = 'departure_full';
    end if;
    update coupon set live = true, state = 'HELD', seat_number = taken[array_position(one.positions, position)]
      where order_id = of_order and position = any (one.positions);
  end loop;
  update coupon set live = true, state = 'HELD' where order_id = of_order and (claims <> '{}' or departure is null);
  for one in
    select departure, jsonb_object_agg(pool, amount) as claims from (
      select departure, key as pool, sum(value::integer) as amount from coupon, jsonb_each_text(claims)
      where order_id = of_order and departure is not null group by 1, 2) as wanted
    group by departure order by departure
  loop
    perform claim_pools(one.departure, one.claims);
  end loop;
  return true;
exception
  -- The places, or the passenger's only ticket on this departure, went to somebody else meanwhile: all claims are undone.
  when sqlstate 'LN010' or unique_violation or exclusion_violation then
    return false;
end $$;

-- The gateway says the money arrived. Every such payment ends in tickets or in a refund, here and at once.
-- Answers 'issued', 'refunding' or 'settled' (this charge was settled before).
create or replace function settle_charge(charge_key text, at timestamptz, actor text) returns text language plpgsql as $$
declare
  paid charge;
  of ticket_order;
begin
  perform set_config('app.tx', 'function', true);
  select ticket_order.* into of from ticket_order join charge on charge.order_id = ticket_order.id
    where charge.key = charge_key for update of ticket_order;
  select * into paid from charge where key = charge_key for update;
  if not found then
    raise exception 'no charge %', charge_key using errcode = 'no_data_found';
  end if;
  if paid.state = 'SUCCEEDED' then
    return 'settled';
  end if;
  update charge set state = 'SUCCEEDED', concluded_at = at where key = charge_key;
  if of.state in ('LOCKED', 'EXPIRED') and not exists (
    select from coupon where order_id = of.id and departure is not null and not still_to_board(departure, lower(stops), at))
  then
    if of.state = 'EXPIRED' then
      perform release_expired_holds(of.departures, at, 100);
    end if;
    if of.state = 'LOCKED' or reclaim_places(of.id, at) then
      perform issue_coupons(of.id, at, actor);
      return 'issued';
    end if;
  end if;
  if of.state = 'LOCKED' then
    update ticket_order set state = 'EXPIRED' where id = of.id;
    perform free_places(of.id, null, 'RELEASED');
  end if;
  insert into refund (id, order_id, request_digest, charge_key, reason, amount, state, asked_at, next_attempt_at)
  values (gen_random_uuid(), of.id, sha256(charge_key::bytea), charge_key, 'late-payment', paid.amount, 'PAYING', at, at);
  return 'refunding';
end $$;
