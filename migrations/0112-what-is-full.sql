-- Refusing the many who want what is gone, without locks and without preparing their orders. What this says is full is full in the
-- committed state it reads; about the rest it says nothing, and hold_orders decides.

-- `asked` lists legs: {id, departure, from, to, places, claims}, `id` being the order's and `places` the numbered
-- seats wanted, any of them. For each, by its place in the list, the name hold_orders would give to what is missing; null when something
-- may be left (places enough, or lapsed holds that are only to be released) or the order is there already.
create function what_is_full(asked jsonb, at timestamptz) returns table (nth integer, lack text) language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set join_collapse_limit = 1 as $$
#variable_conflict use_column
declare
  lapsing integer[] := array(select unnest(departures) from ticket_order where state = 'LOCKED' and hold_until <= at);
begin
  return query
  select one.nth::integer,
    case when one.departure = any (lapsing) or exists (select from ticket_order where ticket_order.id = one.id) then null
      when one.places > 0 and one.places > (
        select count(*) from seat_map, unnest(seat_map.occupied) as mask
        where seat_map.departure = one.departure and mask & stretch_mask(one."from", one."to") = 0) then 'departure_full'
      else (
        select claim.key || '_full' from jsonb_each_text(one.claims) as claim
        left join capacity_pool as own on own.departure = one.departure and own.pool = claim.key
        where coalesce(own.capacity - own.taken, 0) < claim.value::integer
        order by claim.key limit 1) end as lack
  from rows from (
    jsonb_to_recordset(asked) as (id uuid, departure integer, "from" integer, "to" integer, places integer, claims jsonb))
    with ordinality as one(id, departure, "from", "to", places, claims, nth)
  order by one.nth;
end $$;
