-- Orders, coupons, charges and refunds. An order holds coupons (one passenger on one departure); a coupon is the ticket.
create sequence ticket_serial as bigint maxvalue 2599999999;

create table ticket_order (
  -- Chosen by the caller, so that a retry finds its own order.
  id uuid primary key,
  -- Keyed digest of the whole request: the same id with another body is refused.
  request_digest bytea not null check (octet_length(request_digest) = 32),
  -- Who may see it: 'kind:name' of the session that placed it.
  owner text not null,
  -- The station of the clerk who sold it; null when the passenger bought it.
  sold_at integer references place,
  -- No foreign key: the claim on the departure's seat map or pool proves it, without locking the departure's row.
  departure integer not null,
  from_position smallint not null,
  to_position smallint not null,
  state text not null check (state in ('LOCKED', 'ISSUED', 'EXPIRED', 'CANCELLED', 'PART_REFUNDED', 'REFUNDED')),
  total bigint not null check (total >= 0),
  hold_until timestamptz not null,
  placed_at timestamptz not null,
  issued_at timestamptz
) with (fillfactor = 85);
create index ticket_order_due on ticket_order (hold_until, departure) where state = 'LOCKED';
create index ticket_order_owner on ticket_order (owner, placed_at desc);

create table coupon (
  order_id uuid not null references ticket_order,
  position smallint not null check (position >= 0),
  -- Reserved when the place is held, valid once issued. 20 characters, JT/T 405 composition.
  ticket_no text not null,
  departure integer not null,
  stops int4range not null,
  -- The numbered seat; null where the place comes from a pool.
  seat_number smallint,
  pool text check (pool in ('passenger', 'free-child')),
  state text not null check (state in ('HELD', 'RELEASED', 'ISSUED', 'CHECKED', 'USED', 'NO_SHOW', 'SUSPENDED', 'CHANGED',
    'REFUNDING', 'REFUNDED', 'VOIDED', 'EXPIRED')),
  -- True while the coupon keeps its place. Its own column, not the state, stands in the index conditions below, so that
  -- issuing and checking in touch no index.
  live boolean not null default true,
  fare_kind text not null check (fare_kind in ('full', 'half', 'free')),
  fare bigint not null check (fare >= 0),
  service_fee bigint not null default 0 check (service_fee >= 0),
  refund_policy integer not null,
  -- How often it was changed (改签); some policies refund a changed ticket differently.
  changes smallint not null default 0,
  document_kind text,
  -- HMAC over kind and canonical number: uniqueness and search without the number.
  document_digest bytea check (octet_length(document_digest) = 32),
  -- Name and document, sealed; the order id and the position are authenticated with them.
  identity bytea not null,
  primary key (order_id, position),
  constraint coupon_ticket_no unique (ticket_no),
  constraint coupon_stretch_not_empty check (not isempty(stops)),
  constraint coupon_place check ((seat_number is null) <> (pool is null)),
  constraint coupon_document check ((document_kind is null) = (document_digest is null)),
  -- The last wall against selling a seat twice: the seat map decides, this forbids.
  constraint coupon_seat_free exclude using gist (departure with =, seat_number with =, stops with &&)
    where (live and seat_number is not null)
) with (fillfactor = 80);
-- One identity, one ticket per departure; leading with the digest it also answers the search by document.
create unique index coupon_one_per_identity on coupon (document_digest, departure) where live and document_digest is not null;
create index coupon_of_departure on coupon (departure);

create table ticket_event (
  id integer generated always as identity primary key,
  ticket_no text not null,
  event text not null,
  state text not null,
  at timestamptz not null,
  actor text not null,
  detail text not null default ''
);
create index ticket_event_ticket on ticket_event (ticket_no, id);
create trigger append_only before update or delete on ticket_event for each statement execute function append_only();

create table charge (
  -- The gateway's key of this attempt: order id and attempt.
  key text primary key,
  order_id uuid not null references ticket_order,
  gateway text not null,
  amount bigint not null check (amount > 0),
  state text not null check (state in ('PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED')),
  opened_at timestamptz not null,
  pay_until timestamptz not null,
  concluded_at timestamptz,
  next_inquiry_at timestamptz not null,
  inquiries integer not null default 0
);
create unique index charge_one_open on charge (order_id) where state in ('PENDING', 'UNKNOWN');
create index charge_order on charge (order_id);
create index charge_due on charge (next_inquiry_at) where state in ('PENDING', 'UNKNOWN');

create table refund (
  id uuid primary key,
  order_id uuid not null references ticket_order,
  request_digest bytea not null check (octet_length(request_digest) = 32),
  charge_key text references charge,
  reason text not null check (reason in ('passenger', 'carrier', 'void', 'late-payment')),
  amount bigint not null check (amount >= 0),
  state text not null check (state in ('PAYING', 'PAID')),
  asked_at timestamptz not null,
  paid_at timestamptz,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0
);
-- Money that came too late goes back once.
create unique index refund_late_payment_once on refund (charge_key) where reason = 'late-payment';
create index refund_due on refund (next_attempt_at) where state = 'PAYING';
create index refund_order on refund (order_id);

create table refund_item (
  refund uuid not null references refund,
  ticket_no text not null references coupon (ticket_no),
  fee bigint not null check (fee >= 0),
  amount bigint not null check (amount >= 0),
  -- A coupon is refunded once.
  constraint refund_item_once primary key (ticket_no),
  constraint refund_item_of unique (refund, ticket_no)
);

select guard('ticket_order'), guard('coupon'), guard('ticket_event'), guard('charge'), guard('refund'), guard('refund_item');

-- What follows are units of work in one statement: all or nothing whatever dies, and one round trip on the hot path.
-- Each opens the unit for the guards itself (app.tx, migration 0001). Locks are taken in one order: order, seat map, pool, coupon.

create function next_ticket_number(prefix text) returns text language plpgsql as $$
declare
  serial bigint := nextval('ticket_serial');
begin
  return prefix || chr((65 + serial / 100000000)::integer) || lpad((serial % 100000000)::text, 8, '0');
end $$;

-- Takes seats for a stretch under the lock of the departure's seat map, the most used seats first so that whole-way
-- seats stay whole. Null when there are too few; then nothing is taken.
create function claim_seats(of_departure integer, stretch integer, wanted integer) returns integer[] language plpgsql as $$
declare
  seats integer[];
  chosen integer[];
  seat integer;
begin
  select occupied into seats from seat_map where departure = of_departure for update;
  select array_agg(number order by number) into chosen from (
    select number from unnest(seats) with ordinality as seat(mask, number)
    where mask & stretch = 0
    order by bit_count(mask::bit(32)) desc, number
    limit wanted) as best;
  if coalesce(cardinality(chosen), 0) < wanted then
    return null;
  end if;
  foreach seat in array chosen loop
    seats[seat] := seats[seat] | stretch;
  end loop;
  update seat_map set occupied = seats where departure = of_departure;
  return chosen;
end $$;

create function claim_pool(of_departure integer, of_pool text, wanted integer) returns boolean language plpgsql as $$
begin
  if wanted = 0 then
    return true;
  end if;
  update capacity_pool set taken = taken + wanted
    where departure = of_departure and pool = of_pool and taken + wanted <= capacity;
  return found;
end $$;

-- Gives back the places of an order's live coupons, all of them or the named tickets, and moves these to a state.
create function free_places(of_order uuid, tickets text[], new_state text) returns integer language plpgsql as $$
declare
  journey ticket_order;
  freed record;
  seats integer[];
  pools jsonb := '{}';
  count integer := 0;
  stretch integer;
begin
  select * into journey from ticket_order where id = of_order for update;
  stretch := stretch_mask(journey.from_position, journey.to_position);
  select occupied into seats from seat_map where departure = journey.departure for update;
  perform from capacity_pool where departure = journey.departure order by pool for update;
  for freed in
    update coupon set state = new_state, live = false
    where order_id = of_order and live and (tickets is null or ticket_no = any (tickets))
    returning seat_number, pool
  loop
    count := count + 1;
    if freed.seat_number is not null then
      seats[freed.seat_number] := seats[freed.seat_number] & ~stretch;
    else
      pools := jsonb_set(pools, array[freed.pool], to_jsonb(coalesce((pools ->> freed.pool)::integer, 0) + 1));
    end if;
  end loop;
  update seat_map set occupied = seats where departure = journey.departure and occupied <> seats;
  update capacity_pool set taken = taken - (pools ->> pool)::integer
    where departure = journey.departure and pools ? pool;
  return count;
end $$;

-- Ends holds whose time is over: of one departure, or of all, at most `batch` orders at once, in departure order.
create function release_expired_holds(of_departure integer, at timestamptz, batch integer) returns integer language plpgsql as $$
declare
  due uuid;
  count integer := 0;
begin
  perform set_config('app.tx', 'function', true);
  for due in
    select id from ticket_order
    where state = 'LOCKED' and hold_until <= at and (of_departure is null or departure = of_departure)
    order by departure, id limit batch for update skip locked
  loop
    update ticket_order set state = 'EXPIRED' where id = due;
    perform free_places(due, null, 'RELEASED');
    count := count + 1;
  end loop;
  return count;
end $$;

-- Answers 'held', 'known' (this id was used before; the caller compares the digest) or 'full'.
create function hold_order(request jsonb) returns text language plpgsql as $$
declare
  new_id uuid := (request ->> 'id')::uuid;
  of_departure integer := (request ->> 'departure')::integer;
  from_stop integer := (request ->> 'fromPosition')::integer;
  to_stop integer := (request ->> 'toPosition')::integer;
  stretch integer := stretch_mask(from_stop, to_stop);
  placed timestamptz := (request ->> 'placedAt')::timestamptz;
  seats_wanted integer := (request ->> 'seats')::integer;
  seats integer[];
begin
  perform set_config('app.tx', 'function', true);
  if exists (select from ticket_order where id = new_id) then
    return 'known';
  end if;
  if exists (select from ticket_order where state = 'LOCKED' and hold_until <= placed and departure = of_departure) then
    perform release_expired_holds(of_departure, placed, 100);
  end if;
  -- Looked at without the lock first: ten thousand buyers of a full coach are answered without queueing for it.
  if seats_wanted > 0 and coalesce(
    (select (select count(*) from unnest(occupied) as mask where mask & stretch = 0) < seats_wanted
      from seat_map where departure = of_departure), true) then
    return 'full';
  end if;
  insert into ticket_order (id, request_digest, owner, sold_at, departure, from_position, to_position, state, total, hold_until, placed_at)
  values (new_id, decode(request ->> 'digest', 'hex'), request ->> 'owner', (request ->> 'soldAt')::integer, of_departure, from_stop,
    to_stop, 'LOCKED', (request ->> 'total')::bigint, (request ->> 'holdUntil')::timestamptz, placed)
  on conflict (id) do nothing;
  if not found then
    return 'known';
  end if;
  if seats_wanted > 0 then
    seats := claim_seats(of_departure, stretch, seats_wanted);
    if seats is null then
      raise exception 'departure % is full', of_departure using errcode = 'LN010', constraint = 'departure_full';
    end if;
  end if;
  if not claim_pool(of_departure, 'free-child', (request ->> 'freeChildren')::integer) then
    raise exception 'departure % takes no more free children', of_departure using errcode = 'LN010', constraint = 'free_children_full';
  end if;
  if not claim_pool(of_departure, 'passenger', (request ->> 'passengers')::integer) then
    raise exception 'departure % is full', of_departure using errcode = 'LN010', constraint = 'departure_full';
  end if;
  insert into coupon (order_id, position, ticket_no, departure, stops, seat_number, pool, state, fare_kind, fare, service_fee,
    refund_policy, document_kind, document_digest, identity)
  select new_id, ordinal - 1, next_ticket_number(request ->> 'numberPrefix'), of_departure, int4range(from_stop, to_stop),
    case when pool is null then seats[count(*) filter (where pool is null) over (order by ordinal)] end, pool, 'HELD', fare_kind, fare,
    service_fee, (request ->> 'refundPolicy')::integer, document_kind, decode(document_digest, 'hex'), decode(identity, 'hex')
  from rows from (jsonb_to_recordset(request -> 'coupons') as (pool text, fare_kind text, fare bigint, service_fee bigint,
    document_kind text, document_digest text, identity text)) with ordinality as wanted(pool, fare_kind, fare, service_fee,
    document_kind, document_digest, identity, ordinal);
  return 'held';
end $$;

-- True while a ticket for this boarding stop can still be used.
create function still_to_board(of_departure integer, from_stop integer, at timestamptz) returns boolean language sql stable as $$
  select departure.state not in ('CANCELLED', 'MERGED', 'MISSED', 'DISPATCHED', 'ARRIVED')
    and departure.departs_at + stop.minutes * interval '1 minute' > at
  from departure join line_stop as stop on stop.line = departure.line and stop.position = from_stop
  where departure.id = of_departure
$$;

-- Turns the held coupons of an order into tickets.
create function issue_coupons(of_order uuid, at timestamptz, actor text) returns void language plpgsql as $$
begin
  update ticket_order set state = 'ISSUED', issued_at = at where id = of_order;
  with issued as (
    update coupon set state = 'ISSUED' where order_id = of_order and state = 'HELD' returning ticket_no)
  insert into ticket_event (ticket_no, event, state, at, actor) select ticket_no, 'issue', 'ISSUED', at, actor from issued;
end $$;

-- Takes the places of an expired order again for money that came late; false when they are gone.
create function reclaim_places(of_order uuid) returns boolean language plpgsql as $$
declare
  journey ticket_order;
  seats integer[];
  wanted record;
begin
  select * into journey from ticket_order where id = of_order;
  select count(*) filter (where pool is null) as seats, count(*) filter (where pool = 'free-child') as children,
    count(*) filter (where pool = 'passenger') as passengers into wanted from coupon where order_id = of_order;
  if wanted.seats > 0 then
    seats := claim_seats(journey.departure, stretch_mask(journey.from_position, journey.to_position), wanted.seats::integer);
    if seats is null then
      return false;
    end if;
  end if;
  if not claim_pool(journey.departure, 'free-child', wanted.children::integer)
    or not claim_pool(journey.departure, 'passenger', wanted.passengers::integer) then
    raise exception 'no place left' using errcode = 'LN010', constraint = 'departure_full';
  end if;
  update coupon set live = true, state = 'HELD', seat_number = seats[numbered.rank]
  from (select position, row_number() over (partition by pool is null order by position) as rank, pool from coupon
    where order_id = of_order) as numbered
  where coupon.order_id = of_order and coupon.position = numbered.position and numbered.pool is null;
  update coupon set live = true, state = 'HELD' where order_id = of_order and pool is not null;
  return true;
exception
  -- The places, or the passenger's only ticket on this departure, went to somebody else meanwhile: all claims are undone.
  when sqlstate 'LN010' or unique_violation or exclusion_violation then
    return false;
end $$;

-- The gateway says the money arrived. Every such payment ends in tickets or in a refund, here and at once.
-- Answers 'issued', 'refunding' or 'settled' (this charge was settled before).
create function settle_charge(charge_key text, at timestamptz, actor text) returns text language plpgsql as $$
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
  if of.state in ('LOCKED', 'EXPIRED') and still_to_board(of.departure, of.from_position, at) then
    if of.state = 'EXPIRED' then
      perform release_expired_holds(of.departure, at, 100);
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

-- Opens the next payment attempt of a held order. Answers the attempt's key, '' when there is nothing to pay and the tickets are
-- issued, null when the order is not waiting for money.
create function open_charge(of_order uuid, of_gateway text, at timestamptz, first_inquiry_at timestamptz) returns text language plpgsql as $$
declare
  due ticket_order;
  open_key text;
begin
  perform set_config('app.tx', 'function', true);
  select * into due from ticket_order where id = of_order for update;
  if due.state is distinct from 'LOCKED' or due.hold_until <= at then
    return null;
  end if;
  if due.total = 0 then
    perform issue_coupons(of_order, at, due.owner);
    return '';
  end if;
  select key into open_key from charge where order_id = of_order and state in ('PENDING', 'UNKNOWN');
  if found then
    return open_key;
  end if;
  insert into charge (key, order_id, gateway, amount, state, opened_at, pay_until, next_inquiry_at)
  select of_order || '.' || count(*) + 1, of_order, of_gateway, due.total, 'PENDING', at, due.hold_until, first_inquiry_at
  from charge where order_id = of_order
  returning key into open_key;
  return open_key;
end $$;

-- The money of a refund has left: its coupons are refunded for good.
create function conclude_refund(paid_refund uuid, at timestamptz, actor text) returns void language plpgsql as $$
begin
  perform set_config('app.tx', 'function', true);
  update refund set state = 'PAID', paid_at = at where id = paid_refund and state = 'PAYING';
  if not found then
    return;
  end if;
  with refunded as (
    update coupon set state = 'REFUNDED' from refund_item
    where refund_item.refund = paid_refund and coupon.ticket_no = refund_item.ticket_no and coupon.state = 'REFUNDING'
    returning coupon.ticket_no)
  insert into ticket_event (ticket_no, event, state, at, actor) select ticket_no, 'refund-paid', 'REFUNDED', at, actor from refunded;
end $$;

-- The simulated cashier is an outside party that happens to live in our database: what payers chose, and what it paid back.
create table simulated_cashier_charge (
  key text primary key,
  amount bigint not null check (amount > 0),
  pay_until timestamptz not null,
  choice text check (choice in ('success', 'failure', 'time-out', 'late-success')),
  -- From when on an inquiry gets the truth.
  answers_at timestamptz
);

create table simulated_cashier_refund (
  key text primary key,
  charge_key text not null references simulated_cashier_charge,
  amount bigint not null check (amount > 0),
  paid_at timestamptz not null
);

-- The buyer gives up before paying. A payment that still arrives is paid back.
create function cancel_order(of_order uuid) returns boolean language plpgsql as $$
begin
  perform set_config('app.tx', 'function', true);
  perform from ticket_order where id = of_order and state = 'LOCKED' for update;
  if not found then
    return false;
  end if;
  update ticket_order set state = 'CANCELLED' where id = of_order;
  perform free_places(of_order, null, 'RELEASED');
  return true;
end $$;
