-- Payments that come together: charges opened for many orders in one statement, and what the gateways say settled in one. Orders are locked
-- by rising id and nothing else that others lock before them, so neither waits in a circle.

-- As open_charge, for each order; with what the gateway is asked.
create function open_charges(orders uuid[], gateways text[], at timestamptz, first_inquiry_at timestamptz)
  returns table (nth integer, key text, gateway text, amount bigint, pay_until timestamptz) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  asked record;
  opened text[] := array_fill(null::text, array[cardinality(orders)]);
begin
  perform set_config('app.tx', 'function', true);
  for asked in select ordinal, id, name from unnest(orders, gateways) with ordinality as one(id, name, ordinal) order by id, ordinal loop
    opened[asked.ordinal] := open_charge(asked.id, asked.name, at, first_inquiry_at);
  end loop;
  return query
  select one.ordinal::integer, one.key, charge.gateway, charge.amount, charge.pay_until
  from unnest(opened) with ordinality as one(key, ordinal) left join charge on charge.key = one.key
  order by one.ordinal;
end $$;

-- Issues the orders these charges pay for, where that is all there is to it; answers 'issued', or 'alone' for settle_charge to decide:
-- an order that does not wait any more, a change, the waitlist, partners who have to confirm, a ride that has left.
create function settle_charges(keys text[], actors text[], at timestamptz) returns table (nth integer, answer text) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  paid text[];
  bought uuid[];
begin
  perform set_config('app.tx', 'function', true);
  perform set_config('lock_timeout', '300ms', true);
  perform from ticket_order where id in (select order_id from charge where key = any (keys)) order by id for update;
  perform from charge where key = any (keys) order by key for update;
  select array_agg(key), array_agg(order_id) into paid, bought
  from charge join ticket_order on ticket_order.id = charge.order_id
  where key = any (keys) and charge.state in ('PENDING', 'UNKNOWN') and ticket_order.state = 'LOCKED'
    and not exists (select from ticket_change where ticket_change.order_id = charge.order_id)
    and not exists (select from waitlist_entry where waitlist_entry.order_id = charge.order_id)
    and not exists (select from partner_leg where partner_leg.order_id = charge.order_id)
    and not exists (
      select from coupon where coupon.order_id = charge.order_id and departure is not null and not still_to_board(departure, lower(stops), at));
  update charge set state = 'SUCCEEDED', concluded_at = at where key = any (paid);
  update ticket_order set state = 'ISSUED', issued_at = at where id = any (bought);
  with issued as (
    update coupon set state = 'ISSUED' where order_id = any (bought) and state = 'HELD' returning order_id, position, ticket_no)
  insert into ticket_event (ticket_no, event, state, at, actor)
  select ticket_no, 'issue', 'ISSUED', at, actors[array_position(keys, paid[array_position(bought, order_id)])] from issued order by order_id, position;
  return query
  select ordinal::integer, case when key = any (paid) and array_position(keys, key) = ordinal then 'issued' else 'alone' end
  from unnest(keys) with ordinality as one(key, ordinal) order by ordinal;
end $$;
