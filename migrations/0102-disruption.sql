-- Disruption (班次异常): one command under the caller's id touches any number of departures, each in a unit of work of its own. What was
-- reached stands in rows that only ever move forward, so whatever is killed goes on from there.

create table disruption (
  -- Chosen by the caller: a second click is the same command.
  id uuid primary key,
  request_digest bytea not null check (octet_length(request_digest) = 32),
  kind text not null check (kind in ('DELAY', 'CANCEL', 'MERGE', 'UNDO_MERGE', 'REPLACE', 'SUSPEND', 'RESUME', 'MISS')),
  -- Of a delay: after the published time.
  minutes integer check (minutes between 0 and 2880),
  -- Of a merge.
  target integer references departure,
  -- Of a replaced vehicle.
  places integer check (places > 0),
  -- at-once: everything goes back without being asked for. on-request: tickets stay valid until their holder chooses.
  refund text not null check (refund in ('none', 'at-once', 'on-request')),
  -- Of the overrule codes (ticketing facts §3.2).
  cause text not null,
  note text not null,
  actor text not null,
  ordered_at timestamptz not null,
  check ((kind = 'DELAY') = (minutes is not null)),
  check ((kind = 'MERGE') = (target is not null)),
  check ((kind = 'REPLACE') = (places is not null))
);
create index disruption_ordered on disruption (ordered_at desc);

create table disruption_departure (
  disruption uuid not null references disruption,
  departure integer not null references departure,
  state text not null default 'WAITING' check (state in ('WAITING', 'DONE', 'PASSED_OVER')),
  -- Why it was passed over.
  reason text,
  -- The departure's state when it was touched, to go back to.
  state_before text,
  tickets integer not null default 0,
  done_at timestamptz,
  primary key (disruption, departure),
  check ((state = 'WAITING') = (done_at is null))
);
create index disruption_departure_waiting on disruption_departure (disruption) where state = 'WAITING';
create index disruption_departure_of on disruption_departure (departure);

create table disrupted_ticket (
  disruption uuid not null references disruption,
  ticket_no text not null references coupon (ticket_no),
  order_id uuid not null,
  -- The one it was for when it was touched.
  departure integer not null,
  outcome text not null check (outcome in ('NOTIFIED', 'SUSPENDED', 'MOVED', 'RESEATED', 'RESUMED', 'CONNECTION_BROKEN')),
  seat_before smallint,
  seat_after smallint,
  -- DUE: goes back by itself. AT_COUNTER: it was paid in cash, which somebody has to hand out. BY_CHOICE: the holder decides.
  money text not null check (money in ('NONE', 'DUE', 'ASKED', 'AT_COUNTER', 'BY_CHOICE')),
  refund uuid references refund,
  primary key (disruption, ticket_no),
  check ((money = 'ASKED') = (refund is not null))
) with (fillfactor = 80);
create index disrupted_ticket_due on disrupted_ticket (disruption, departure) where money = 'DUE';
create index disrupted_ticket_of on disrupted_ticket (ticket_no);

-- 通知: to the holder of an order, about one of its departures, by one means.
create table notice (
  id uuid primary key default gen_random_uuid(),
  disruption uuid not null references disruption,
  order_id uuid not null,
  departure integer not null,
  -- channel: it hears of its tickets by webhook and tells its customers. none: nobody knows how to reach him; the board and the
  -- loudspeaker must do.
  means text not null check (means in ('app', 'sms', 'voice', 'channel', 'none')),
  state text not null check (state in ('WAITING', 'SENT', 'GIVEN_UP', 'HANDED_OVER', 'NO_ADDRESS')),
  passengers smallint not null,
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null,
  ended_at timestamptz,
  constraint notice_once unique (disruption, order_id, departure, means)
) with (fillfactor = 80);
create index notice_due on notice (means, next_attempt_at) where state = 'WAITING';
create index notice_order on notice (order_id);

-- The delivery log.
create table notice_attempt (
  notice uuid not null references notice,
  attempt smallint not null,
  at timestamptz not null,
  outcome text not null check (outcome in ('delivered', 'refused', 'later')),
  primary key (notice, attempt)
);
create trigger append_only before update or delete on notice_attempt for each statement execute function append_only();

-- What the providers take from us; spent_until is the end of what was used of it.
create table notice_pace (
  means text primary key check (means in ('app', 'sms', 'voice')),
  per_second integer not null check (per_second > 0),
  spent_until timestamptz not null default '-infinity'
);
insert into notice_pace (means, per_second) values ('app', 2000), ('sms', 500), ('voice', 20);

-- The simulated provider's own book.
create table simulated_message (
  key text primary key,
  means text not null,
  address text not null,
  text text not null,
  at timestamptz not null
);

select guard('disruption'), guard('disruption_departure'), guard('disrupted_ticket'), guard('notice'), guard('notice_attempt');

-- Whether any of the money behind an order was cash.
create function paid_in_cash(of_order uuid) returns boolean language sql stable as $$
  with recursive way as (
    select of_order as id
    union select from_order from way join paid_with on paid_with.order_id = way.id)
  select exists (select from way join charge on charge.order_id = way.id where charge.state = 'SUCCEEDED' and charge.gateway = 'cash')
$$;

-- Whether an order is part of a way under one contract.
create function is_through(of_order uuid) returns boolean language sql stable as $$
  select exists (select from ticket_order where journey_number = journey_of(of_order) and contract = 'THROUGH')
$$;

-- A suspended sailing breaks connections as a cancelled one does.
drop trigger ask_connection_review on departure;
create trigger ask_connection_review after update of departs_at, state on departure for each row
  when (new.departs_at is distinct from old.departs_at
    or (new.state in ('DELAYED', 'SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED'))
      <> (old.state in ('DELAYED', 'SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED')))
  execute function ask_connection_review();

-- Orders on a departure, in the order of locks of every unit of work; unpaid ones are given up.
create function lock_orders_of(of_departure integer, give_up boolean) returns void language plpgsql as $$
declare
  unpaid uuid;
begin
  perform from ticket_order where id in (select order_id from coupon where departure = of_departure and live) order by id for update;
  if not give_up then
    return;
  end if;
  for unpaid in
    select distinct coupon.order_id from coupon join ticket_order on ticket_order.id = coupon.order_id
    where coupon.departure = of_departure and coupon.live and ticket_order.state = 'LOCKED' order by 1
  loop
    update ticket_order set state = 'CANCELLED' where id = unpaid;
    perform free_places(unpaid, null, 'RELEASED');
  end loop;
end $$;

-- The departure does not leave: its tickets are suspended, checked ones too. Answers how many.
create function stop_departure(of_disruption uuid, of_departure integer, new_state text, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  touched integer;
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  perform lock_orders_of(of_departure, true);
  update departure set state = new_state where id = of_departure;
  update boarding_check set undone_at = at where result = 'OPEN' and undone_at is null
    and ticket_no in (select ticket_no from coupon where departure = of_departure and live and state = 'CHECKED');
  with stopped as (
    update coupon set state = 'SUSPENDED'
    where departure = of_departure and live and state in ('ISSUED', 'CHECKED', 'SUSPENDED')
    returning ticket_no, order_id, seat_number),
  -- A way under one contract is broken as a whole: its holder chooses what becomes of the rest.
  kept as (
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, money)
    select of_disruption, ticket_no, order_id, of_departure, 'SUSPENDED', seat_number,
      case when command.refund = 'none' then 'NONE'
        when command.refund = 'on-request' or is_through(order_id) or has_standing_invoice(ticket_no) then 'BY_CHOICE'
        when paid_in_cash(order_id) then 'AT_COUNTER' else 'DUE' end
    from stopped
    on conflict do nothing)
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select ticket_no, 'suspend', 'SUSPENDED', at, command.actor, command.cause from stopped order by ticket_no;
  get diagnostics touched = row_count;
  return touched;
end $$;

-- It leaves after all: its tickets are as they were.
create function resume_departure(of_disruption uuid, of_departure integer, new_state text, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  touched integer;
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  perform lock_orders_of(of_departure, false);
  update departure set state = new_state where id = of_departure;
  with resumed as (
    update coupon set state = 'ISSUED' where departure = of_departure and live and state = 'SUSPENDED' and not connection_broken(ticket_no)
    returning ticket_no, order_id, seat_number),
  -- What was to go back by itself does not any more.
  kept_back as (
    update disrupted_ticket set money = 'NONE' where departure = of_departure and money = 'DUE'
      and ticket_no in (select ticket_no from resumed)),
  kept as (
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, seat_after, money)
    select of_disruption, ticket_no, order_id, of_departure, 'RESUMED', seat_number, seat_number, 'NONE' from resumed
    on conflict do nothing)
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select ticket_no, 'resume', 'ISSUED', at, command.actor, command.cause from resumed order by ticket_no;
  get diagnostics touched = row_count;
  return touched;
end $$;

-- Every time that hangs on the departure moves with it. The delay counts from the published time, so telling it twice is once.
create function delay_departure(of_disruption uuid, of_departure integer, waived boolean, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  shift interval;
  touched integer;
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  perform lock_orders_of(of_departure, false);
  select coalesce(planned_departs_at, departs_at) + command.minutes * interval '1 minute' - departs_at into shift
    from departure where id = of_departure;
  update departure set planned_departs_at = coalesce(planned_departs_at, departs_at), departs_at = departs_at + shift,
    first_departs_at = first_departs_at + shift, fees_waived = fees_waived or waived,
    state = case when state = 'ON_SALE' then 'DELAYED' when state = 'DELAYED' and command.minutes = 0 then 'ON_SALE' else state end
    where id = of_departure;
  update departure_loading set departs_at = departs_at + shift where departure = of_departure;
  update seat_quota set releases_at = releases_at + shift where departure = of_departure and releases_at < 'infinity';
  update departure_report set runs = tstzrange(lower(runs) + shift, upper(runs) + shift)
    where departure = of_departure and withdrawn_at is null;
  update report_crew set runs = tstzrange(lower(runs) + shift, upper(runs) + shift)
    where live and report in (select id from departure_report where departure = of_departure and withdrawn_at is null);
  delete from credential where ticket_no in (select ticket_no from coupon where departure = of_departure and live);
  with told as (
    select ticket_no, order_id, seat_number, state from coupon
    where departure = of_departure and live and state in ('ISSUED', 'CHECKED', 'SUSPENDED')),
  kept as (
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, seat_after, money)
    select of_disruption, ticket_no, order_id, of_departure, 'NOTIFIED', seat_number, seat_number,
      case when waived then 'BY_CHOICE' else 'NONE' end from told
    on conflict do nothing)
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select ticket_no, 'delay', state, at, command.actor, command.minutes::text from told order by ticket_no;
  get diagnostics touched = row_count;
  return touched;
end $$;

-- 并班: everybody moves to the other departure, the longest stretches first; who finds no place there is suspended.
create function merge_departure(of_disruption uuid, of_departure integer, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  moving coupon;
  seat integer;
  touched integer := 0;
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  perform lock_orders_of(of_departure, true);
  perform lock_departures(array[of_departure, command.target]);
  for moving in
    select * from coupon where departure = of_departure and live and state in ('ISSUED', 'CHECKED', 'SUSPENDED')
    order by upper(stops) - lower(stops) desc, ticket_no for update
  loop
    seat := move_ticket(moving.ticket_no, command.target, 'ISSUED', moving.seat_number, at);
    if seat is null then
      update coupon set state = 'SUSPENDED' where ticket_no = moving.ticket_no;
    end if;
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, seat_after, money)
    values (of_disruption, moving.ticket_no, moving.order_id, of_departure, case when seat is null then 'SUSPENDED' else 'MOVED' end,
      moving.seat_number, nullif(seat, 0), 'BY_CHOICE');
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    values (moving.ticket_no, case when seat is null then 'suspend' else 'merge' end,
      case when seat is null then 'SUSPENDED' else 'ISSUED' end, at, command.actor,
      concat_ws(' → ', moving.seat_number, nullif(seat, 0)));
    touched := touched + 1;
  end loop;
  update departure set state = 'MERGED', fees_waived = true where id = of_departure;
  -- Who was moved was promised another time.
  update departure set fees_waived = true where id = command.target;
  return touched;
end $$;

-- Takes a merge back: who is still where it put him goes back to his old seat.
create function undo_merge(of_disruption uuid, of_departure integer, new_state text, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  merge uuid;
  target_departure integer;
  moved record;
  seat integer;
  touched integer := 0;
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  select disruption.id, disruption.target into merge, target_departure
    from disruption_departure as touched_by join disruption on disruption.id = touched_by.disruption
    where touched_by.departure = of_departure and disruption.kind = 'MERGE' and touched_by.state = 'DONE'
    order by ordered_at desc limit 1;
  perform from ticket_order where id in (select order_id from disrupted_ticket where disruption = merge and departure = of_departure)
    order by id for update;
  perform lock_departures(array[of_departure, target_departure]);
  update departure set state = new_state where id = of_departure;
  for moved in
    select ticket.ticket_no, ticket.order_id, ticket.seat_before, ticket.outcome, coupon.seat_number, coupon.departure
    from disrupted_ticket as ticket join coupon on coupon.ticket_no = ticket.ticket_no
    where ticket.disruption = merge and ticket.departure = of_departure and coupon.live
      and ((ticket.outcome = 'MOVED' and coupon.departure = target_departure and coupon.state in ('ISSUED', 'CHECKED'))
        or (ticket.outcome = 'SUSPENDED' and coupon.departure = of_departure and coupon.state = 'SUSPENDED'))
    order by ticket.ticket_no for update of coupon
  loop
    if moved.outcome = 'MOVED' then
      -- Nothing was sold on it meanwhile, so his old seat is free.
      seat := move_ticket(moved.ticket_no, of_departure, 'ISSUED', moved.seat_before, at);
    else
      update coupon set state = 'ISSUED' where ticket_no = moved.ticket_no;
      seat := moved.seat_before;
    end if;
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, seat_after, money)
    values (of_disruption, moved.ticket_no, moved.order_id, of_departure, case moved.outcome when 'MOVED' then 'MOVED' else 'RESUMED' end,
      moved.seat_number, nullif(seat, 0), 'NONE');
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    values (moved.ticket_no, 'undo-merge', 'ISSUED', at, command.actor, concat_ws(' → ', moved.seat_number, nullif(seat, 0)));
    touched := touched + 1;
  end loop;
  return touched;
end $$;

-- Money that goes back without being asked for, of one departure: each order's tickets in one refund whose id follows from the command,
-- so that whoever does it again finds it done. A ticket its holder refunded or changed meanwhile is passed by. Answers how many tickets.
create function refund_disrupted(of_disruption uuid, of_departure integer, at timestamptz) returns integer language plpgsql as $$
declare
  command disruption;
  due text[];
  orders uuid[];
begin
  perform set_config('app.tx', 'function', true);
  select * into command from disruption where id = of_disruption;
  select array_agg(distinct order_id order by order_id) into orders from disrupted_ticket
    where disruption = of_disruption and departure = of_departure and money = 'DUE';
  if orders is null then
    return 0;
  end if;
  perform from ticket_order where id = any (orders) order by id for update;
  select coalesce(array_agg(coupon.ticket_no order by coupon.order_id, coupon.position), '{}') into due
  from disrupted_ticket as ticket join coupon on coupon.ticket_no = ticket.ticket_no
  where ticket.disruption = of_disruption and ticket.departure = of_departure and money = 'DUE' and coupon.state = 'SUSPENDED'
    and not has_standing_invoice(ticket.ticket_no);
  insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
  select disruption_refund(of_disruption, of_departure, order_id), order_id, sha256((of_disruption::text || of_departure || order_id)::bytea),
    'carrier', sum(fare + service_fee), 'PAYING', at, at
  from coupon where ticket_no = any (due) group by order_id;
  insert into refund_item (refund, ticket_no, fee, amount)
  select disruption_refund(of_disruption, of_departure, order_id), ticket_no, 0, fare + service_fee from coupon where ticket_no = any (due);
  perform free_tickets(due, 'REFUNDING');
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select ticket_no, 'refund', 'REFUNDING', at, command.actor, command.cause from unnest(due) as ticket_no;
  update ticket_order set state = case when exists (select from coupon where order_id = ticket_order.id and live)
      then 'PART_REFUNDED' else 'REFUNDED' end
    where id in (select order_id from coupon where ticket_no = any (due));
  perform lay_refund(id) from (select disruption_refund(of_disruption, of_departure, order_id) as id from coupon
    where ticket_no = any (due) group by order_id order by order_id) as fresh;
  update disrupted_ticket set money = 'ASKED', refund = disruption_refund(of_disruption, of_departure, order_id)
    where disruption = of_disruption and ticket_no = any (due);
  update disrupted_ticket set money = 'BY_CHOICE'
    where disruption = of_disruption and departure = of_departure and money = 'DUE';
  return cardinality(due);
end $$;

create function disruption_refund(of_disruption uuid, of_departure integer, of_order uuid) returns uuid language sql immutable as $$
  select md5(of_disruption::text || ':' || of_departure || ':' || of_order)::uuid
$$;
