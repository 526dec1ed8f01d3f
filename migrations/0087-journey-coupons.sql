-- One credential for a whole journey (一码通行): the coupons of a journey, found again after any of its legs was changed.

-- The journey an order is of, or that of the orders it was changed from; null for a single ticket.
create function journey_of(of_order uuid) returns text language sql stable as $$
  with recursive way as (
    select of_order as id
    union all
    select from_order from way join ticket_change on ticket_change.order_id = way.id)
  select journey_number from way join ticket_order on ticket_order.id = way.id where journey_number is not null limit 1
$$;

-- All coupons of a journey, those that were changed and those they were changed to included.
create function journey_coupons(of_journey text) returns setof coupon language sql stable as $$
  with recursive way as (
    select id from ticket_order where journey_number = of_journey
    union all
    select ticket_change.order_id from way join ticket_change on ticket_change.from_order = way.id)
  select coupon.* from way join coupon on coupon.order_id = way.id
$$;

-- One passenger's. A driver's vehicle counts under his place in the order, but has a ticket and a code of its own.
create function journey_tickets(of_journey text, of_passenger integer) returns setof text language sql stable as $$
  select ticket_no from journey_coupons(of_journey) where passenger = of_passenger and fare_kind not in ('vehicle', 'truck')
$$;
