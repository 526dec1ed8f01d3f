-- What is shown of an order, coupon by coupon, with its ride: the one join behind every look at orders and tickets.
create view shown_coupon as
  select placed.id, placed.owner, placed.state, placed.total, placed.hold_until, placed.placed_at, placed.issued_at, placed.journey_number,
    placed.contract, coupon.position, coupon.leg, coupon.passenger, coupon.ticket_no, coupon.state as coupon_state, coupon.live,
    coupon.seat_number as seat, coupon.fare_kind, coupon.fare, coupon.service_fee, coupon.identity, coupon.document_digest,
    (select json_build_object('code', code, 'name', name, 'nameEn', name_en) from cabin_class where code = cabin_of(coupon.claims))
      as cabin,
    (select json_build_object('plate', plate, 'kind', kind, 'lengthCm', length_cm, 'newEnergy', new_energy, 'dangerousGoods',
      dangerous_goods) from vehicle where vehicle.order_id = coupon.order_id and vehicle.position = coupon.position) as vehicle,
    departure.id as departure, coalesce(departure.number, '') as number, line.mode, coalesce(departure.state, 'PLANNED') as departure_state,
    coupon.open_until, origin.code as from_code, origin.name as from_name, destination.code as to_code, destination.name as to_name,
    leaves.at + board.minutes * interval '1 minute' as departs_at, leaves.at + alight.minutes * interval '1 minute' as arrives_at
  from ticket_order as placed
  join coupon on coupon.order_id = placed.id
  left join departure on departure.id = coupon.departure
  join line on line.id = coalesce(departure.line, coupon.open_line)
  join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
  join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
  join place as origin on origin.id = board.place
  join place as destination on destination.id = alight.place
  cross join lateral (
    select coalesce(departure.departs_at, (coupon.open_until + 1)::timestamp at time zone 'Asia/Shanghai') as at) as leaves;

-- The coupons of many orders, planned once and in the order written above: a planner who thinks for himself spends longer on these nine
-- tables than all the rest takes, each time it learns that they have grown, and reads them whole while they are young.
create function shown_coupons(ids uuid[]) returns setof shown_coupon language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set join_collapse_limit = 1 as $$
begin
  return query select * from shown_coupon where shown_coupon.id = any (ids) order by shown_coupon.id, shown_coupon.position;
end $$;
