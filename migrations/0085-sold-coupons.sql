-- What the money of sold coupons is split by, read for thousands at once. The plan is made once, in the order written
-- here, each row looked up by its key: the planner, who cannot know how many tickets a list will hold, would read whole tables for each
-- batch of a night, or try every stop of every line.
create function sold_coupons(ticket_nos text[])
  returns table (ticket_no text, fare bigint, service_fee bigint, channel_code text, carrier_code text, station_code text,
    agent_fee_rate text, commission_rate text, ticket_charge bigint, ride_ends_at timestamptz) language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set join_collapse_limit = 1 as $$
#variable_conflict use_column
begin
  return query
  select coupon.ticket_no, coupon.fare, coupon.service_fee, channel.code, carrier.code, station.code,
    trim_scale(coalesce(fee.rate, 0))::text, trim_scale(channel.commission_rate)::text, channel.ticket_charge,
    coalesce(departure.departs_at + alight.minutes * interval '1 minute', (coupon.open_until + 1)::timestamptz)
  from coupon
  join ticket_order as placed on placed.id = coupon.order_id
  join channel on channel.code = case split_part(placed.owner, ':', 1)
    when 'channel' then split_part(placed.owner, ':', 2) when 'passenger' then 'WEB' else 'WINDOW' end
  left join departure on departure.id = coupon.departure
  join line on line.id = coalesce(departure.line, coupon.open_line)
  join carrier on carrier.id = line.carrier
  join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
  join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
  join place as station on station.id = coalesce(placed.sold_at, board.place)
  left join lateral (
    select rate from agent_fee
    where (agent_fee.place is null or agent_fee.place = station.id)
      and (agent_fee.class is null or agent_fee.class = coalesce(station.class, 3))
      and (placed.issued_at at time zone 'Asia/Shanghai')::date between valid_from and coalesce(valid_to, 'infinity')
    order by agent_fee.place nulls last, agent_fee.class nulls last, valid_from desc limit 1) as fee on true
  where coupon.ticket_no = any (ticket_nos);
end $$;
