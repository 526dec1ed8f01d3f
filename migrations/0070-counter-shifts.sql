-- Shifts at a counter (交班): opened with the cash in the drawer, closed with the cash that was counted. What a shift took in and
-- paid out is written down at its close, each payment and refund in exactly one shift.
create table counter_shift (
  -- Chosen by the caller, so that a retry finds its own shift.
  id uuid primary key,
  -- 'clerk:account', as orders name their owner.
  clerk text not null,
  place integer not null references place,
  window_number smallint not null check (window_number between 1 and 99),
  opening_cash bigint not null check (opening_cash >= 0),
  opened_at timestamptz not null
);
create index counter_shift_clerk on counter_shift (clerk, opened_at desc);

create table counter_movement (
  -- The charge's key or the refund's id.
  key text primary key,
  shift uuid not null references counter_shift,
  kind text not null check (kind in ('sale', 'refund')),
  gateway text not null,
  -- Why it was refunded; '' for a sale.
  reason text not null,
  tickets integer not null,
  amount bigint not null check (amount >= 0),
  at timestamptz not null
);
create index counter_movement_shift on counter_movement (shift);

create table counter_closing (
  shift uuid primary key references counter_shift,
  expected_cash bigint not null,
  counted_cash bigint not null check (counted_cash >= 0),
  difference bigint not null generated always as (counted_cash - expected_cash) stored,
  note text not null,
  closed_at timestamptz not null
);

create trigger append_only before update or delete on counter_shift for each statement execute function append_only();
create trigger append_only before update or delete on counter_movement for each statement execute function append_only();
create trigger append_only before update or delete on counter_closing for each statement execute function append_only();
select guard('counter_shift'), guard('counter_movement'), guard('counter_closing');

-- Refunds made at a counter, found by clerk; the other events of tickets do not pay for it.
create index ticket_event_counter_refund on ticket_event (actor, at) where event in ('refund', 'void') and actor like 'clerk:%';

-- What a clerk took in and paid out that no shift has written down yet. One that committed while a shift closed is the next one's.
create function unwritten_movements(of_clerk text, since timestamptz)
returns table (key text, kind text, gateway text, reason text, tickets integer, amount bigint, at timestamptz)
language sql stable as $$
  select paid.key, 'sale', paid.gateway, '',
    (select count(*)::integer from coupon where order_id = placed.id and state not in ('HELD', 'RELEASED')), paid.amount, paid.concluded_at
  from ticket_order as placed join charge as paid on paid.order_id = placed.id
  where placed.owner = of_clerk and placed.placed_at >= since and paid.state = 'SUCCEEDED'
    and not exists (select from refund where charge_key = paid.key and reason = 'late-payment')
    and not exists (select from counter_movement as written where written.key = paid.key)
  union all
  select refund.id::text, 'refund', coalesce(charge.gateway, 'none'), refund.reason, count(*)::integer, refund.amount, refund.asked_at
  from ticket_event as event
  join refund_item on refund_item.ticket_no = event.ticket_no
  join refund on refund.id = refund_item.refund
  left join charge on charge.key = refund.charge_key
  where event.event in ('refund', 'void') and event.actor like 'clerk:%' and event.actor = of_clerk and event.at >= since
    and not exists (select from counter_movement as written where written.key = refund.id::text)
  group by refund.id, charge.gateway
$$;
