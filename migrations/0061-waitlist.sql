-- The waitlist (候补): prepaid, in the order of payment, filled by places that come back. An entry carries its prepayment on an order
-- without coupons; each departure it would take is a wish that keeps, ready made, what hold_order is to be asked. Whatever frees a
-- place fills the list in the same unit of work, so nobody who comes later finds the place first.
alter table refund drop constraint refund_reason;
alter table refund add constraint refund_reason
  check (reason in ('passenger', 'carrier', 'void', 'late-payment', 'change', 'overrule', 'waitlist'));

create sequence waitlist_queue as bigint;

create table waitlist_entry (
  -- The order that carries the prepayment.
  order_id uuid primary key references ticket_order,
  state text not null check (state in ('UNPAID', 'WAITING', 'FILLED', 'UNFILLED', 'CANCELLED')),
  -- Given when it is paid: who paid first is first.
  queue_number bigint,
  -- When what was not filled is paid back.
  deadline timestamptz not null,
  -- The order that holds the tickets.
  filled_order uuid references ticket_order,
  ended_at timestamptz,
  check ((state = 'FILLED') = (filled_order is not null)),
  check (state not in ('WAITING', 'FILLED', 'UNFILLED') or queue_number is not null)
);
create index waitlist_entry_due on waitlist_entry (deadline) where state = 'WAITING';

create table waitlist_wish (
  entry uuid not null references waitlist_entry,
  -- The passenger's own order of preference.
  rank smallint not null check (rank >= 0),
  departure integer not null references departure,
  -- The end of its sale.
  closes_at timestamptz not null,
  -- The request to hold, at the price promised; its id is that of the order with the tickets.
  hold jsonb not null,
  open boolean not null default false,
  primary key (entry, rank)
);
create index waitlist_wish_open on waitlist_wish (departure) where open;

-- Departures where a place came back that has not been offered to the list yet.
create table waitlist_freed (
  departure integer primary key references departure
);

select guard('waitlist_entry'), guard('waitlist_wish'), guard('waitlist_freed');

-- The orders whose money paid for an order's tickets.
create view paid_with as
select order_id, from_order from ticket_change
union all
select filled_order, order_id from waitlist_entry where filled_order is not null;

-- As in migration 0060, the way back now leading to a prepayment too.
create or replace function lay_refund(of_refund uuid) returns void language plpgsql as $$
declare
  due refund;
  behind record;
  share bigint;
  left_over bigint;
begin
  select * into due from refund where id = of_refund;
  left_over := due.amount;
  if left_over = 0 then
    return;
  end if;
  for behind in
    with recursive way as (
      select due.order_id as id, 0 as depth
      union all
      select from_order, depth + 1 from way join paid_with on paid_with.order_id = way.id)
    select charge.key, charge.amount from way join charge on charge.order_id = way.id
    where charge.state = 'SUCCEEDED' and not exists (select from refund where charge_key = charge.key and reason = 'late-payment')
    order by depth, charge.key desc
  loop
    perform from charge where key = behind.key for update;
    select least(left_over, behind.amount - coalesce(sum(amount), 0)) into share from refund_payment where charge_key = behind.key;
    if share > 0 then
      insert into refund_share (refund, charge_key, amount) values (of_refund, behind.key, share);
      update refund set charge_key = coalesce(charge_key, behind.key) where id = of_refund;
      left_over := left_over - share;
    end if;
    exit when left_over = 0;
  end loop;
  if left_over > 0 then
    raise exception 'refund % is more than was paid', of_refund;
  end if;
end $$;

-- What an entry paid and does not need goes back under the entry's own id.
create function pay_back_waitlist(of_entry uuid, back bigint, at timestamptz) returns void language plpgsql as $$
begin
  if back = 0 then
    return;
  end if;
  insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
  select id, id, request_digest, 'waitlist', back, 'PAYING', at, at from ticket_order where id = of_entry;
  perform lay_refund(of_entry);
end $$;

alter function hold_order(jsonb) rename to claim_order;

-- Offers what is free on these departures to the list, first come first served; who needs more than there is keeps his turn, and the
-- next one may have it. Who calls this inside a unit of work holds the locks of these departures already, or none. Answers how many
-- entries were filled.
create function fill_waitlist(of_departures integer[], at timestamptz) returns integer language plpgsql as $$
declare
  next record;
  filled integer := 0;
  passed integer[] := '{}';
  answer text;
begin
  perform set_config('app.tx', 'function', true);
  perform lock_departures(of_departures);
  delete from waitlist_freed where departure = any (of_departures);
  for next in
    select wish.entry, wish.departure, (wish.hold ->> 'id')::uuid as ticket_order, wish.hold, placed.total
    from waitlist_wish as wish
    join waitlist_entry as entry on entry.order_id = wish.entry
    join ticket_order as placed on placed.id = wish.entry
    join departure on departure.id = wish.departure
    cross join lateral (select * from legs_of(wish.hold)) as leg
    left join departure_loading as loading on loading.departure = wish.departure and loading.position = leg.from_stop
    where wish.open and wish.departure = any (of_departures) and wish.closes_at > at and entry.state = 'WAITING' and entry.deadline > at
      and departure.state in ('ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED')
      and coalesce(loading.state, 'ON_SALE') in ('ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED')
      and lacking(wish.departure, leg.from_stop, leg.to_stop, cardinality(leg.wanted), leg.claims, at) is null
    order by entry.queue_number, wish.rank
  loop
    -- Somebody else is filling or ending it right now; if he cannot, this place is offered once more.
    perform from ticket_order where id = next.entry for update skip locked;
    if not found or not exists (select from waitlist_entry where order_id = next.entry and state = 'WAITING') then
      if exists (select from waitlist_entry where order_id = next.entry and state = 'WAITING') then
        passed := passed || next.departure;
      end if;
      continue;
    end if;
    begin
      answer := claim_order(next.hold || jsonb_build_object('placedAt', at, 'holdUntil', at));
      continue when answer <> 'held';
      perform issue_coupons(next.ticket_order, at, 'worker:waitlist');
    exception when sqlstate 'LN010' or unique_violation or exclusion_violation then
      -- The place is gone, or the passenger travels elsewhere by now.
      continue;
    end;
    update waitlist_entry set state = 'FILLED', filled_order = next.ticket_order, ended_at = at where order_id = next.entry;
    update waitlist_wish set open = false where entry = next.entry;
    perform pay_back_waitlist(next.entry, next.total - (next.hold ->> 'total')::bigint, at);
    filled := filled + 1;
  end loop;
  insert into waitlist_freed select distinct departure from unnest(passed) as departure on conflict do nothing;
  return filled;
end $$;

-- Of the departures of one order, whose locks the caller holds.
create function fill_freed_places(of_order uuid, at timestamptz) returns void language plpgsql as $$
declare
  freed integer[];
begin
  select array_agg(departure order by departure) into freed from waitlist_freed
    where departure = any ((select departures from ticket_order where id = of_order)::integer[]);
  if freed is not null then
    perform fill_waitlist(freed, at);
  end if;
end $$;

-- A sale comes after the list: places that came back, those of lapsed holds too, are offered to it first.
create function hold_order(request jsonb) returns text language plpgsql as $$
declare
  placed timestamptz := (request ->> 'placedAt')::timestamptz;
  way integer[] := array(select departure from legs_of(request) where departure is not null order by departure);
begin
  if exists (select from waitlist_wish where open and departure = any (way)) then
    perform set_config('app.tx', 'function', true);
    perform release_expired_holds(way, placed, 100);
    if exists (select from waitlist_freed where departure = any (way)) then
      perform fill_waitlist(way, placed);
    end if;
  end if;
  return claim_order(request);
end $$;

alter function free_places(uuid, text[], text) rename to release_places;
create function free_places(of_order uuid, tickets text[], new_state text) returns integer language plpgsql as $$
declare
  count integer := release_places(of_order, tickets, new_state);
begin
  insert into waitlist_freed
  select distinct departure from waitlist_wish
  where count > 0 and open and departure = any ((select departures from ticket_order where id = of_order)::integer[])
  on conflict do nothing;
  return count;
end $$;

create or replace function replace_coupons(of_change uuid, at timestamptz, by_whom text) returns void language plpgsql as $$
declare
  change ticket_change;
begin
  select * into change from ticket_change where order_id = of_change;
  perform free_places(change.from_order, array(select old_ticket from ticket_change_item where order_id = of_change), 'CHANGED');
  update coupon set document_kind = old.document_kind, document_digest = old.document_digest
    from ticket_change_item as item join coupon as old on old.ticket_no = item.old_ticket
    where item.order_id = of_change and coupon.order_id = of_change and coupon.position = item.position;
  perform check_coupon_limits(of_change);
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select item.old_ticket, 'change', 'CHANGED', at, by_whom,
    concat_ws(' ', '→ ' || coupon.ticket_no, change.overrule, change.overrule_note)
  from ticket_change_item as item join coupon on coupon.order_id = item.order_id and coupon.position = item.position
  where item.order_id = of_change order by item.position;
  perform fill_freed_places(change.from_order, at);
end $$;

-- Answers 'joined' or 'known'.
create function join_waitlist(request jsonb) returns text language plpgsql as $$
declare
  new_id uuid := (request ->> 'id')::uuid;
begin
  perform set_config('app.tx', 'function', true);
  insert into ticket_order (id, request_digest, owner, sold_at, departures, state, total, hold_until, placed_at)
  values (new_id, decode(request ->> 'digest', 'hex'), request ->> 'owner', null, '{}', 'LOCKED', (request ->> 'total')::bigint,
    (request ->> 'payUntil')::timestamptz, (request ->> 'joinedAt')::timestamptz)
  on conflict (id) do nothing;
  if not found then
    return 'known';
  end if;
  insert into waitlist_entry (order_id, state, deadline) values (new_id, 'UNPAID', (request ->> 'deadline')::timestamptz);
  insert into waitlist_wish (entry, rank, departure, closes_at, hold)
  select new_id, ordinal - 1, departure, "closesAt", hold
  from rows from (jsonb_to_recordset(request -> 'wishes') as (departure integer, "closesAt" timestamptz, hold jsonb)) with ordinality
    as wish(departure, "closesAt", hold, ordinal);
  return 'joined';
end $$;

-- A prepayment puts its entry at the end of the list, and at once into a free place if there is one.
alter function settle_charge(text, timestamptz, text) rename to settle_ticket_charge;
create function settle_charge(charge_key text, at timestamptz, actor text) returns text language plpgsql as $$
declare
  paid charge;
  entry waitlist_entry;
begin
  select waitlist_entry.* into entry from charge join waitlist_entry on waitlist_entry.order_id = charge.order_id
    where charge.key = charge_key;
  if entry.order_id is null then
    return settle_ticket_charge(charge_key, at, actor);
  end if;
  perform set_config('app.tx', 'function', true);
  perform from ticket_order where id = entry.order_id for update;
  select * into entry from waitlist_entry where order_id = entry.order_id for update;
  select * into paid from charge where key = charge_key for update;
  if paid.state <> 'SUCCEEDED' and entry.state = 'UNPAID' and entry.deadline > at then
    update charge set state = 'SUCCEEDED', concluded_at = at where key = charge_key;
    update ticket_order set state = 'ISSUED', issued_at = at where id = entry.order_id;
    update waitlist_entry set state = 'WAITING', queue_number = nextval('waitlist_queue') where order_id = entry.order_id;
    update waitlist_wish set open = true where waitlist_wish.entry = paid.order_id;
    perform fill_waitlist(array(select departure from waitlist_wish where waitlist_wish.entry = paid.order_id), at);
    return 'issued';
  end if;
  if entry.state = 'UNPAID' then
    update waitlist_entry set state = 'CANCELLED', ended_at = at where order_id = entry.order_id;
    update ticket_order set state = 'CANCELLED' where id = entry.order_id;
  end if;
  return settle_ticket_charge(charge_key, at, actor);
end $$;

-- Ends an entry that waits in vain, or whose passenger no longer wants to; its money goes back whole. False when it is not waiting.
create function end_waiting(of_entry uuid, new_state text, at timestamptz) returns boolean language plpgsql as $$
declare
  before text;
begin
  perform set_config('app.tx', 'function', true);
  perform from ticket_order where id = of_entry for update;
  select state into before from waitlist_entry where order_id = of_entry for update;
  if before = 'UNPAID' and new_state = 'CANCELLED' then
    update waitlist_entry set state = new_state, ended_at = at where order_id = of_entry;
    update ticket_order set state = 'CANCELLED' where id = of_entry;
    return true;
  end if;
  if before is distinct from 'WAITING' then
    return false;
  end if;
  update waitlist_entry set state = new_state, ended_at = at where order_id = of_entry;
  update waitlist_wish set open = false where entry = of_entry;
  update ticket_order set state = 'REFUNDED' where id = of_entry;
  perform pay_back_waitlist(of_entry, (select total from ticket_order where id = of_entry), at);
  return true;
end $$;
