-- A shift's money, whole again: 0177 had added partner legs and 0180 collected conflicts, each to the form before the other.
create or replace function unwritten_movements(of_clerk text, since timestamptz)
returns table (key text, kind text, gateway text, reason text, tickets integer, amount bigint, at timestamptz)
language sql stable as $$
  with sale as (
    select id, '' as reason from ticket_order
      where owner = of_clerk and placed_at >= since and not exists (select from ticket_change where order_id = id)
        and not exists (select from partner_change where order_id = id)
    union all
    select placed.id, 'change' from ticket_change as change join ticket_order as placed on placed.id = change.order_id
      where change.actor = of_clerk and change.actor like 'clerk:%' and placed.placed_at >= since
    union all
    select placed.id, 'change' from ticket_order as placed join partner_change on order_id = placed.id
      where placed.owner = of_clerk and placed.placed_at >= since),
  returned as (
    select refund_item.refund as id, count(*)::integer as tickets
    from ticket_event as event join refund_item on refund_item.ticket_no = event.ticket_no
    where event.event in ('refund', 'void', 'change') and event.actor like 'clerk:%' and event.actor = of_clerk and event.at >= since
    group by refund_item.refund
    union all
    select refund.id, cardinality(leg.fares) from partner_leg as leg join refund on refund.id = leg.refund
    where leg.refund_by = of_clerk and leg.refund_by like 'clerk:%' and refund.asked_at >= since
    union all
    -- Not one of its legs could be had.
    select refund.id, 0 from ticket_order as undone join refund on refund.order_id = undone.id
    where undone.owner = of_clerk and undone.placed_at >= since and undone.state = 'CANCELLED' and refund.reason = 'carrier')
  select paid.key, 'sale', coalesce(paid.means, paid.gateway), sale.reason,
    (select count(*)::integer from coupon where order_id = sale.id and state not in ('HELD', 'RELEASED')), paid.amount, paid.concluded_at
  from sale join charge as paid on paid.order_id = sale.id
  where paid.state = 'SUCCEEDED' and not exists (select from refund where charge_key = paid.key and reason = 'late-payment')
    and not exists (select from counter_movement as written where written.key = paid.key)
  union all
  -- A refund on several charges counts its tickets once.
  select coalesce(back.key, refund.id::text), 'refund', coalesce(paid.means, back.gateway, 'none'), refund.reason,
    case when coalesce(back.key, refund.id::text) = refund.id::text then returned.tickets else 0 end,
    coalesce(back.amount, 0), refund.asked_at
  from returned
  join refund on refund.id = returned.id
  left join refund_payment as back on back.refund = refund.id
  left join charge as paid on paid.key = back.charge_key
  where not exists (select from counter_movement as written where written.key = coalesce(back.key, refund.id::text))
  union all
  select 'conflict:' || id, 'sale', 'cash', 'gate-conflict', 1, owed, resolved_at
  from gate_conflict
  where resolution = 'collected' and owed > 0 and resolved_by = of_clerk and resolved_by like 'clerk:%' and resolved_at >= since
    and not exists (select from counter_movement as written where written.key = 'conflict:' || id)
$$;
