-- Selling many orders in one statement. What is usual about them is decided here, order by order, under locks taken once for all; whatever
-- is not (answer 'alone') goes through hold_order by itself, as does every order of a statement that failed. So nothing is held here
-- that hold_order would refuse, and no order can spoil its neighbours'.

-- Each of these plans its statements once, and never by what the tables happened to be like at that moment (empty, at first): every row is
-- looked up by its key, whatever the planner would think cheaper.

-- Chooses a seat for each entry: the one asked for, or for null any. `lack` names what is missing; then nothing was chosen.
create function choose_seats(inout seats integer[], inout wanted integer[], stretch integer, closed integer[], own integer[], out lack text)
  language plpgsql immutable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  any_wanted integer := 0;
  chosen integer[];
  seat integer;
begin
  foreach seat in array wanted loop
    if seat is null then
      any_wanted := any_wanted + 1;
    elsif coalesce(seats[seat] & stretch, 1) <> 0 or seat = any (closed) then
      lack := 'seat_taken';
      return;
    else
      seats[seat] := seats[seat] | stretch;
    end if;
  end loop;
  if any_wanted = 0 then
    return;
  end if;
  if any_wanted = 1 then
    select array[number] into chosen from unnest(seats) with ordinality as place(mask, number)
      where mask & stretch = 0 and number <> all (closed)
      order by number = any (own) desc, bit_count(mask::bit(32)) desc, number limit 1;
  else
    chosen := best_seats(seats, stretch, any_wanted, closed, own);
  end if;
  if chosen is null then
    lack := 'departure_full';
    return;
  end if;
  foreach seat in array chosen loop
    seats[seat] := seats[seat] | stretch;
    wanted[array_position(wanted, null)] := seat;
  end loop;
end $$;

-- As in migration 0021, the choice now made where orders sold together make it too.
create or replace function claim_seats(of_departure integer, from_stop integer, to_stop integer, wanted integer[], at timestamptz)
  returns integer[] language plpgsql as $$
declare
  seats integer[];
  closed integer[];
  own integer[];
  chosen record;
begin
  select occupied into seats from seat_map where departure = of_departure for update;
  -- Read after the lock: who withdraws seats holds it.
  select coalesce(array_agg(one) filter (where position is distinct from from_stop), '{}'),
    coalesce(array_agg(one) filter (where position = from_stop), '{}')
  into closed, own from seat_quota, unnest(seat_quota.seats) as one where departure = of_departure and releases_at > at;
  chosen := choose_seats(seats, wanted, stretch_mask(from_stop, to_stop), closed, own);
  if chosen.lack = 'seat_taken' then
    raise exception 'a seat asked for on departure % is taken', of_departure using errcode = 'LN010', constraint = 'seat_taken';
  end if;
  if chosen.lack is not null then
    return null;
  end if;
  update seat_map set occupied = chosen.seats where departure = of_departure;
  return chosen.wanted;
end $$;

-- The turns of migration 0041 are taken for all new coupons at once, and its limits looked at only for orders they can bite.
create or replace function check_new_coupons() returns trigger language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform take_turns(array(
    select document_digest from added join refund_policy as policy on policy.id = added.refund_policy
    where live and document_digest is not null and (journey_gap_minutes is not null or tickets_per_identity_per_day is not null)));
  perform check_coupon_limits(order_id) from (
    select distinct order_id from added as own join refund_policy as policy on policy.id = own.refund_policy
    where live and (half_share_percent_max is not null and fare_kind = 'half'
      or document_digest is not null and exists (
        select from coupon as other
        where other.document_digest = own.document_digest and other.live and other.departure <> own.departure))) as bitten;
  return null;
end $$;

create function take_turns(digests bytea[]) returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  turn bigint;
begin
  for turn in select distinct ('x' || encode(substring(digest for 8), 'hex'))::bit(64)::bigint from unnest(digests) as digest order by 1 loop
    perform pg_advisory_xact_lock(turn);
  end loop;
end $$;

-- What a channel may still sell on credit, while orders are decided one after the other.
create type wallet as (owner text, channel integer, state text, balance bigint, credit_limit bigint);
create type taken_seats as (departure integer, occupied integer[]);

-- The orders of a list that hold_order must decide by itself: named twice, with an open leg or one departure twice, on departures with
-- lapsed holds or a waitlist, for half tickets that are limited, or for somebody who holds a ticket or is named more than once.
create function orders_alone(requests jsonb, way integer[], digests bytea[], at timestamptz) returns integer[] language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  ids uuid[] := array(select (request ->> 'id')::uuid from jsonb_array_elements(requests) as request);
  busy integer[] := array(
    select unnest(departures) from ticket_order where state = 'LOCKED' and hold_until <= at and departures && way
    union all select departure from waitlist_wish where open and departure = any (way));
  holders bytea[] := array(select document_digest from coupon where document_digest = any (digests) and live);
begin
  return array(
    with asked as materialized (
      select request, ordinal::integer as nth from jsonb_array_elements(requests) with ordinality as one(request, ordinal)),
    person as materialized (
      select nth, leg, decode(document_digest, 'hex') as digest from asked, jsonb_to_recordset(request -> 'coupons') as one(leg integer, document_digest text)
      where document_digest is not null)
    select nth from asked where array_position(ids, (request ->> 'id')::uuid) < nth
    union all select nth from asked, jsonb_to_recordset(request -> 'legs') as leg(departure integer)
      group by nth having count(*) > count(distinct departure) or bool_or(departure = any (busy))
    union all select nth from asked where request -> 'coupons' @> '[{"fare_kind": "half"}]' and exists (
      select from jsonb_to_recordset(request -> 'legs') as leg("refundPolicy" integer) join refund_policy on refund_policy.id = "refundPolicy"
      where half_share_percent_max is not null)
    union all select nth from (
      select nth, min(nth) over (partition by digest) as first, row_number() over (partition by digest, nth, leg) as time from person) as named
      where nth > first or time > 1
    union all select nth from person where digest = any (holders));
end $$;

-- `requests` are those of hold_order; one that names a gateway ('cash' or 'credit') is sold, not only held: its charge, its tickets and
-- what its channel owes are written with it. Answers for each, by its place in the list: 'held', 'sold', 'known', 'alone', the name of
-- what is full, 'seat_taken', or why the channel's credit does not pay; with seats (0 for none) and ticket numbers in order of the coupons.
create function hold_orders(requests jsonb)
  returns table (nth integer, answer text, journey text, seats integer[], tickets text[]) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  at timestamptz := (requests -> 0 ->> 'placedAt')::timestamptz;
  answers text[] := array_fill(null::text, array[jsonb_array_length(requests)]);
  seats_of jsonb[] := array_fill('{}'::jsonb, array[jsonb_array_length(requests)]);
  balances bigint[] := array_fill(null::bigint, array[jsonb_array_length(requests)]);
  way integer[];
  digests bytea[];
  mapped integer[];
  maps taken_seats[];
  quoted integer[];
  pools text[];
  room integer[];
  room_before integer[];
  owners text[];
  wallets wallet[];
  leg record;
  claim record;
  chosen record;
  closed integer[];
  own integer[];
  place integer;
  lack text;
  -- What the order looked at would leave behind.
  maps_after taken_seats[];
  room_after integer[];
  seats_after jsonb;
  changed integer[] := '{}';
begin
  perform set_config('app.tx', 'function', true);
  -- Whoever holds a departure longer makes only the orders for it wait, each by itself.
  perform set_config('lock_timeout', '300ms', true);
  way := array(select distinct departure from jsonb_array_elements(requests) as request, jsonb_to_recordset(request -> 'legs') as one(departure integer)
    where departure is not null order by departure);
  digests := array(
    select decode(document_digest, 'hex') from jsonb_array_elements(requests) as request, jsonb_to_recordset(request -> 'coupons') as one(document_digest text)
    where document_digest is not null);
  -- The order of locks: seat maps, turns, pools, accounts.
  select array_agg(departure), array_agg(row(departure, occupied)::taken_seats) into mapped, maps
    from (select departure, occupied from seat_map where departure = any (way) order by departure for update) as locked;
  quoted := array(select departure from seat_quota where departure = any (way) and releases_at > at);
  perform take_turns(digests);
  select array_agg(departure || ' ' || pool), array_agg(capacity - taken) into pools, room
    from (select departure, pool, capacity, taken from capacity_pool
      where departure in (select departure from jsonb_array_elements(requests) as request,
        jsonb_to_recordset(request -> 'legs') as one(departure integer, claims jsonb) where claims <> '{}')
      order by departure, pool for update) as locked;
  room_before := room;
  select array_agg(owner), array_agg(row(owner, channel, state, balance, credit_limit)::wallet) into owners, wallets from (
    select 'channel:' || channel.code as owner, channel, state, balance, credit_limit
    from channel_account as account join channel on channel.id = account.channel
    where channel.code = any (array(
      select substring(request ->> 'owner' from 9) from jsonb_array_elements(requests) as request
      where request ->> 'gateway' = 'credit' and request ->> 'owner' like 'channel:%'))
    order by channel for update of account) as locked;
  foreach place in array orders_alone(requests, way, digests, at) loop
    answers[place] := 'alone';
  end loop;
  for place in select ordinal from jsonb_array_elements(requests) with ordinality as asked(request, ordinal)
    join ticket_order on id = (request ->> 'id')::uuid
  loop
    answers[place] := 'known';
  end loop;

  for leg in
    select asked.ordinal::integer as nth, one.ordinal - 1 as number, one.ordinal = jsonb_array_length(request -> 'legs') as last, departure,
      "fromPosition" as from_stop, "toPosition" as to_stop, wanted, claims, request
    from jsonb_array_elements(requests) with ordinality as asked(request, ordinal)
    cross join lateral rows from (jsonb_to_recordset(request -> 'legs') as (departure integer, "fromPosition" integer, "toPosition" integer,
      wanted integer[], claims jsonb)) with ordinality as one(departure, "fromPosition", "toPosition", wanted, claims, ordinal)
    where answers[asked.ordinal] is null
    order by 1, 2
  loop
    if leg.number = 0 then
      lack := null;
      maps_after := '{}';
      room_after := room;
      seats_after := '{}';
    end if;
    if lack is null and cardinality(leg.wanted) > 0 then
      place := array_position(mapped, leg.departure);
      closed := '{}';
      own := '{}';
      if leg.departure = any (quoted) then
        select coalesce(array_agg(one) filter (where position is distinct from leg.from_stop), '{}'),
          coalesce(array_agg(one) filter (where position = leg.from_stop), '{}')
        into closed, own from seat_quota, unnest(seat_quota.seats) as one where departure = leg.departure and releases_at > at;
      end if;
      if place is null then
        lack := 'departure_full';
      else
        chosen := choose_seats(maps[place].occupied, leg.wanted, stretch_mask(leg.from_stop, leg.to_stop), closed, own);
        lack := chosen.lack;
        maps_after := maps_after || row(leg.departure, chosen.seats)::taken_seats;
        seats_after := seats_after || jsonb_build_object(leg.number, chosen.wanted);
      end if;
    end if;
    if lack is null and leg.claims <> '{}' then
      for claim in select key, value::integer as amount from jsonb_each_text(leg.claims) order by key loop
        place := array_position(pools, leg.departure || ' ' || claim.key);
        if place is null or room_after[place] < claim.amount then
          lack := claim.key || '_full';
          exit;
        end if;
        room_after[place] := room_after[place] - claim.amount;
      end loop;
    end if;
    continue when not leg.last;
    if lack is null and leg.request ->> 'gateway' = 'credit' then
      place := array_position(owners, leg.request ->> 'owner');
      lack := credit_lack(wallets[place], (leg.request ->> 'total')::bigint);
      if lack is null then
        wallets[place].balance := wallets[place].balance - (leg.request ->> 'total')::bigint;
        balances[leg.nth] := wallets[place].balance;
      end if;
    end if;
    if lack is not null then
      answers[leg.nth] := lack;
      continue;
    end if;
    answers[leg.nth] := case when leg.request ->> 'gateway' is null then 'held' else 'sold' end;
    seats_of[leg.nth] := seats_after;
    room := room_after;
    for place in 1 .. cardinality(maps_after) loop
      maps[array_position(mapped, maps_after[place].departure)] := maps_after[place];
      changed := changed || maps_after[place].departure;
    end loop;
  end loop;

  update seat_map set occupied = after.occupied from unnest(maps) as after
    where seat_map.departure = after.departure and after.departure = any (changed);
  update capacity_pool set taken = taken + before - after from unnest(pools, room_before, room) as held(name, before, after)
    where before <> after and departure = split_part(name, ' ', 1)::integer and pool = split_part(name, ' ', 2);
  return query select * from write_orders(requests, answers, seats_of, balances);
end $$;

-- Why a channel's credit does not pay for an order; null when it does. The words of pay_from_credit.
create function credit_lack(of wallet, total bigint) returns text language sql immutable as $$
  select case when of.channel is null then 'not-a-channel' when of.state <> 'active' then 'suspended'
    when of.balance + of.credit_limit < total then 'credit-spent' end
$$;

-- Writes the orders that were answered 'held' or 'sold', whose places are taken.
create function write_orders(requests jsonb, answers text[], seats_of jsonb[], balances bigint[])
  returns table (nth integer, answer text, journey text, seats integer[], tickets text[]) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
  insert into ticket_order (id, request_digest, owner, sold_at, departures, journey_number, contract, product, state, total, hold_until,
    placed_at, issued_at)
  select id, decode(digest, 'hex'), owner, "soldAt", array(select (leg ->> 'departure')::integer from jsonb_array_elements(legs) as leg),
    case when contract is not null then 'J' || to_char("placedAt" at time zone 'Asia/Shanghai', 'YYMMDD') || lpad(nextval('journey_serial')::text, 9, '0') end,
    contract, product, case answers[ordinal] when 'sold' then 'ISSUED' else 'LOCKED' end, total, "holdUntil", "placedAt",
    case answers[ordinal] when 'sold' then "placedAt" end
  from jsonb_array_elements(requests) with ordinality as asked(request, ordinal)
  cross join lateral jsonb_to_record(request) as one(id uuid, digest text, owner text, "soldAt" integer, legs jsonb, contract text,
    product integer, total bigint, "holdUntil" timestamptz, "placedAt" timestamptz)
  where answers[ordinal] in ('held', 'sold');

  return query
  with asked as materialized (
    select request, ordinal::integer as nth, (request ->> 'id')::uuid as id, answers[ordinal] as answer
    from jsonb_array_elements(requests) with ordinality as one(request, ordinal)),
  added as (
    insert into coupon (order_id, position, leg, passenger, ticket_no, departure, stops, seat_number, claims, state, fare_kind, fare,
      single_fare, service_fee, refund_policy, document_kind, document_digest, identity)
    select asked.id, one.ordinal - 1, one.leg, one.passenger, next_ticket_number(request ->> 'numberPrefix'), (way ->> 'departure')::integer,
      int4range((way ->> 'fromPosition')::integer, (way ->> 'toPosition')::integer),
      (seats_of[asked.nth] -> one.leg::text ->> one.seat_place)::smallint, one.claims,
      case asked.answer when 'sold' then 'ISSUED' else 'HELD' end, one.fare_kind, one.fare, one.single_fare, one.service_fee,
      (way ->> 'refundPolicy')::integer, one.document_kind, decode(one.document_digest, 'hex'), decode(one.identity, 'hex')
    from asked
    cross join lateral rows from (jsonb_to_recordset(request -> 'coupons') as (leg integer, passenger integer, seat_place integer,
      claims jsonb, fare_kind text, fare bigint, single_fare bigint, service_fee bigint, document_kind text, document_digest text,
      identity text)) with ordinality as one(leg, passenger, seat_place, claims, fare_kind, fare, single_fare, service_fee,
      document_kind, document_digest, identity, ordinal)
    cross join lateral (select request -> 'legs' -> one.leg as way) as the
    where asked.answer in ('held', 'sold')
    returning coupon.order_id, coupon.position, coupon.ticket_no, coupon.seat_number, coupon.state),
  issued as (
    insert into ticket_event (ticket_no, event, state, at, actor)
    select ticket_no, 'issue', 'ISSUED', (request ->> 'placedAt')::timestamptz, request ->> 'owner'
    from added join asked on asked.id = added.order_id where added.state = 'ISSUED' order by asked.nth, added.position),
  paid as (
    insert into charge (key, order_id, gateway, amount, state, opened_at, pay_until, concluded_at, next_inquiry_at)
    select asked.id || '.1', asked.id, request ->> 'gateway', (request ->> 'total')::bigint, 'SUCCEEDED', "placedAt", "holdUntil", "placedAt", "placedAt"
    from asked, jsonb_to_record(request) as one("placedAt" timestamptz, "holdUntil" timestamptz)
    where asked.answer = 'sold' and (request ->> 'total')::bigint > 0)
  select asked.nth, asked.answer, (select journey_number from ticket_order where ticket_order.id = asked.id and asked.answer in ('held', 'sold')),
    got.seats, got.tickets
  from asked
  left join (select order_id, array_agg(coalesce(seat_number, 0)::integer order by position) as seats, array_agg(ticket_no order by position) as tickets
    from added group by order_id) as got on got.order_id = asked.id
  order by asked.nth;

  if exists (select from jsonb_array_elements(requests) as request where request -> 'vehicles' <> '[]') then
    insert into vehicle (order_id, position, driver, plate, kind, length_cm, new_energy, dangerous_goods)
    select (request ->> 'id')::uuid, one.position, one.driver, one.plate, one.kind, one.length_cm, one.new_energy, one.dangerous_goods
    from jsonb_array_elements(requests) with ordinality as asked(request, ordinal), jsonb_to_recordset(request -> 'vehicles') as one(
      position smallint, driver smallint, plate text, kind text, length_cm integer, new_energy boolean, dangerous_goods boolean)
    where answers[asked.ordinal] in ('held', 'sold');
  end if;
  if exists (select from unnest(balances) as balance where balance is not null) then
    perform charge_wallets(requests, answers, balances);
  end if;
end $$;

-- What the channels owe for what was just sold on credit; `balances` are those after each sale.
create function charge_wallets(requests jsonb, answers text[], balances bigint[]) returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  with sale as (
    select ordinal, request ->> 'id' as id, channel.id as channel, (request ->> 'total')::bigint as total, (request ->> 'placedAt')::timestamptz as at
    from jsonb_array_elements(requests) with ordinality as asked(request, ordinal)
    join channel on channel.code = substring(request ->> 'owner' from 9)
    where answers[ordinal] = 'sold' and balances[ordinal] is not null),
  moved as (
    insert into channel_movement (channel, kind, key, amount, balance, at)
    select channel, 'sale', id || '.1', -total, balances[ordinal], at from sale where total > 0 order by ordinal)
  update channel_account set balance = balance - spent.amount
    from (select channel, sum(total)::bigint as amount from sale group by 1) as spent where channel_account.channel = spent.channel;
end $$;

-- One order by itself, however unusual: held, and sold when it names a gateway. What does not pay for it leaves nothing behind.
create function sell_order(request jsonb) returns text language plpgsql as $$
declare
  answer text := hold_order(request);
  at timestamptz := (request ->> 'placedAt')::timestamptz;
  new_id uuid := (request ->> 'id')::uuid;
  key text;
begin
  if answer <> 'held' or request ->> 'gateway' is null then
    return answer;
  end if;
  if exists (select from coupon where order_id = new_id and departure is not null and not still_to_board(departure, lower(stops), at)) then
    raise exception 'a departure of order % has left', new_id using errcode = 'LN010', constraint = 'departure_gone';
  end if;
  key := open_charge(new_id, request ->> 'gateway', at, at);
  if key = '' then
    return 'sold';
  end if;
  if request ->> 'gateway' = 'credit' then
    answer := pay_from_credit(key, at);
    if answer <> 'paid' then
      raise exception 'the credit does not pay for order %', new_id using errcode = 'LN010', constraint = answer;
    end if;
  end if;
  if settle_charge(key, at, request ->> 'owner') <> 'issued' then
    raise exception 'order % cannot be issued', new_id using errcode = 'LN010', constraint = 'departure_gone';
  end if;
  return 'sold';
end $$;
