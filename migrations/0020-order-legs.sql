-- An order holds coupons on one or more legs, each a stretch of one departure: all of them or none. The leg stands on the coupon itself;
-- what it takes (a numbered seat, or so much of each pool) stands there too, so that giving back needs no rule of its own.
select set_config('app.tx', 'migration', true);

create sequence journey_serial as integer maxvalue 999999999 cycle;

alter table ticket_order
  -- Every departure of the order, in order of travel; an open return leg has none yet.
  add column departures integer[],
  -- J and 15 digits, when there is more than one leg.
  add column journey_number text check (journey_number ~ '^J[0-9]{15}$'),
  -- THROUGH: one contract for the whole way; COMBINED: one per leg, sold together. Shown before payment, frozen here.
  add column contract text check (contract in ('THROUGH', 'COMBINED')),
  add constraint ticket_order_journey check ((journey_number is null) = (contract is null)),
  add constraint ticket_order_journey_number unique (journey_number);
update ticket_order set departures = array[departure];
alter table ticket_order
  alter column departures set not null,
  drop column departure,
  drop column from_position,
  drop column to_position;
create index ticket_order_due on ticket_order (hold_until) where state = 'LOCKED';

alter table coupon
  add column leg smallint not null default 0 check (leg >= 0),
  -- Which passenger of the order: the same person has one coupon on each leg.
  add column passenger smallint,
  -- What the leg costs by itself; `fare` is its share of what was paid.
  add column single_fare bigint check (single_fare >= 0),
  -- So much of each capacity pool of the departure; empty for a numbered seat.
  add column claims jsonb not null default '{}',
  -- An open leg: the line is known, the sailing is chosen later, until this day.
  add column open_line integer references line,
  add column open_until date,
  alter column departure drop not null;
update coupon set passenger = position, single_fare = fare,
  claims = case when pool is null then '{}' else jsonb_build_object(pool, 1) end;
alter table coupon
  alter column passenger set not null,
  alter column single_fare set not null,
  drop constraint coupon_place,
  drop column pool,
  add constraint coupon_place check (
    (seat_number is not null)::integer + (claims <> '{}')::integer = (departure is not null)::integer),
  add constraint coupon_open check ((departure is null) = (open_line is not null) and (departure is null) = (open_until is not null));

drop function release_expired_holds(integer, timestamptz, integer);
drop function claim_seats(integer, integer, integer);
drop function claim_pool(integer, text, integer);

-- The lock order of all units of work: order, seat maps by rising departure, coupons, pools by rising departure and name. Two
-- orders over the same departures, whichever way they travel, meet at the same one first.
create function lock_departures(ids integer[]) returns void language plpgsql as $$
begin
  perform from seat_map where departure = any (ids) order by departure for update;
  perform from capacity_pool where departure = any (ids) order by departure, pool for update;
end $$;

-- The best free seats of a map: for a party next to each other where that goes, side by side rather than across the aisle, and
-- the most used seats first so that whole-way seats stay whole. Null when there are too few.
create function best_seats(seats integer[], stretch integer, wanted integer) returns integer[] language sql immutable as $$
  with free as materialized (
    select number::integer, bit_count(mask::bit(32)) as used from unnest(seats) with ordinality as seat(mask, number)
    where mask & stretch = 0),
  together as (
    select array_agg(number) over party as numbers, sum(used) over party as used, number from free where wanted > 1
    window party as (order by number rows between current row and wanted - 1 following)),
  best as (
    select numbers from together
    where cardinality(numbers) = wanted and numbers[wanted] = number + wanted - 1
    order by used desc, number % 2 desc, number limit 1),
  apart as (select array_agg(number order by number) as numbers from (select number from free order by used desc, number limit wanted) as one)
  select coalesce((select numbers from best), (select numbers from apart where cardinality(numbers) = wanted))
$$;

-- Takes a seat for each entry under the lock of the seat map: the one asked for, or for null any. Null when there are too few.
create function claim_seats(of_departure integer, from_stop integer, to_stop integer, wanted integer[]) returns integer[]
  language plpgsql as $$
declare
  stretch integer := stretch_mask(from_stop, to_stop);
  seats integer[];
  any_wanted integer := 0;
  chosen integer[];
  seat integer;
begin
  select occupied into seats from seat_map where departure = of_departure for update;
  foreach seat in array wanted loop
    if seat is null then
      any_wanted := any_wanted + 1;
    elsif coalesce(seats[seat] & stretch, 1) <> 0 then
      raise exception 'seat % is taken', seat using errcode = 'LN010', constraint = 'seat_taken';
    else
      seats[seat] := seats[seat] | stretch;
    end if;
  end loop;
  if any_wanted > 0 then
    chosen := best_seats(seats, stretch, any_wanted);
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

-- Takes so much of each pool, by name, or refuses naming the first that has not enough.
create function claim_pools(of_departure integer, claims jsonb) returns void language plpgsql as $$
declare
  claim record;
begin
  for claim in select key as pool, value::integer as amount from jsonb_each_text(claims) order by key loop
    update capacity_pool set taken = taken + claim.amount
      where departure = of_departure and pool = claim.pool and taken + claim.amount <= capacity;
    if not found then
      raise exception 'departure %: no more %', of_departure, claim.pool using errcode = 'LN010', constraint = claim.pool || '_full';
    end if;
  end loop;
end $$;

-- Gives back the places of an order's live coupons, all of them or the named tickets, and moves these to a state.
create or replace function free_places(of_order uuid, tickets text[], new_state text) returns integer language plpgsql as $$
declare
  count integer;
begin
  perform lock_departures((select departures from ticket_order where id = of_order for update));
  with freed as (
    update coupon set state = new_state, live = false
    where order_id = of_order and live and (tickets is null or ticket_no = any (tickets))
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

-- Ends holds whose time is over, on any of these departures or on all, at most `batch` orders at once. Who goes on to claim places
-- on these departures holds their locks already, in order.
create function release_expired_holds(of_departures integer[], at timestamptz, batch integer) returns integer language plpgsql as $$
declare
  due uuid[];
begin
  perform set_config('app.tx', 'function', true);
  select array_agg(id order by id) into due from (
    select id from ticket_order
    where state = 'LOCKED' and hold_until <= at and (of_departures is null or departures && of_departures)
    order by hold_until limit batch for update skip locked) as expired;
  if due is null then
    return 0;
  end if;
  perform lock_departures(of_departures || array(select unnest(departures) from ticket_order where id = any (due)));
  update ticket_order set state = 'EXPIRED' where id = any (due);
  perform free_places(id, null, 'RELEASED') from unnest(due) as id;
  return cardinality(due);
end $$;

-- The legs of a request to hold places; `wanted` names a seat for each passenger who takes one, null for any.
create function legs_of(request jsonb) returns table (leg integer, departure integer, from_stop integer, to_stop integer,
    refund_policy integer, wanted integer[], claims jsonb, open_line integer, open_until date)
  language sql immutable as $$
  select (ordinal - 1)::integer, departure, "fromPosition", "toPosition", "refundPolicy", wanted, claims, "openLine", "openUntil"
  from rows from (jsonb_to_recordset(request -> 'legs') as (departure integer, "fromPosition" integer, "toPosition" integer,
    "refundPolicy" integer, wanted integer[], claims jsonb, "openLine" integer, "openUntil" date)) with ordinality
    as leg(departure, "fromPosition", "toPosition", "refundPolicy", wanted, claims, "openLine", "openUntil", ordinal)
$$;

-- What a leg lacks, looked at without any lock: ten thousand buyers of a full coach are answered without queueing for it.
create function lacking(of_departure integer, stretch integer, seats integer, claims jsonb) returns text language plpgsql stable as $$
begin
  if seats > 0 and coalesce(
    (select (select count(*) from unnest(occupied) as mask where mask & stretch = 0) < seats
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
    lacking(leg.departure, stretch_mask(leg.from_stop, leg.to_stop), cardinality(leg.wanted), leg.claims) as lacks
    where leg.departure is not null and lacks is not null limit 1;
  if lack is not null then
    return lack;
  end if;
  insert into ticket_order (id, request_digest, owner, sold_at, departures, journey_number, contract, state, total, hold_until, placed_at)
  values (new_id, decode(request ->> 'digest', 'hex'), request ->> 'owner', (request ->> 'soldAt')::integer, way,
    case when request ->> 'contract' is not null then 'J' || to_char(placed at time zone 'Asia/Shanghai', 'YYMMDD')
      || lpad(nextval('journey_serial')::text, 9, '0') end,
    request ->> 'contract', 'LOCKED', (request ->> 'total')::bigint, (request ->> 'holdUntil')::timestamptz, placed)
  on conflict (id) do nothing;
  if not found then
    return 'known';
  end if;
  for one in select * from legs_of(request) where cardinality(wanted) > 0 order by departure loop
    taken := claim_seats(one.departure, one.from_stop, one.to_stop, one.wanted);
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
  for one in select * from legs_of(request) as leg where leg.claims <> '{}' and leg.departure is not null order by departure loop
    perform claim_pools(one.departure, one.claims);
  end loop;
  return 'held';
end $$;

-- Takes the places of an expired order again for money that came late; false when they are gone.
create or replace function reclaim_places(of_order uuid) returns boolean language plpgsql as $$
declare
  one record;
  taken integer[];
begin
  for one in
    select departure, lower(stops) as from_stop, upper(stops) as to_stop, array_agg(position order by position) as positions
    from coupon where order_id = of_order and claims = '{}' and departure is not null
    group by departure, stops order by departure
  loop
    taken := claim_seats(one.departure, one.from_stop, one.to_stop, array_fill(null::integer, array[cardinality(one.positions)]));
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
    if of.state = 'LOCKED' or reclaim_places(of.id) then
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
