-- The limits of migration 0041, looked at only where they can bite: most people hold one ticket, and one look into the index shows it.
create or replace function check_coupon_limits(of_order uuid) returns void language plpgsql as $$
declare
  own record;
  turn bigint;
begin
  for turn in
    select distinct ('x' || encode(substring(document_digest for 8), 'hex'))::bit(64)::bigint from coupon
    join refund_policy as policy on policy.id = coupon.refund_policy
    where order_id = of_order and live and document_digest is not null
      and (journey_gap_minutes is not null or tickets_per_identity_per_day is not null)
    order by 1
  loop
    perform pg_advisory_xact_lock(turn);
  end loop;
  for own in
    select coupon.document_digest, coupon.departure, coupon.fare_kind, departure.day, departure.places,
      departure.departs_at + board.minutes * interval '1 minute' as departs,
      departure.departs_at + alight.minutes * interval '1 minute' as arrives, policy.journey_gap_minutes as gap,
      policy.tickets_per_identity_per_day as day_max, policy.half_share_percent_max as half_max
    from coupon
    join refund_policy as policy on policy.id = coupon.refund_policy
    join departure on departure.id = coupon.departure
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    where coupon.order_id = of_order and coupon.live
      and (policy.half_share_percent_max is not null and coupon.fare_kind = 'half'
        or coupon.document_digest is not null and exists (
          select from coupon as other
          where other.document_digest = coupon.document_digest and other.live and other.departure <> coupon.departure))
  loop
    -- The legs of one order keep their connection times, not the gap.
    if own.gap is not null and own.document_digest is not null and exists (
      select from coupon as other
      join departure on departure.id = other.departure
      join line_stop as board on board.line = departure.line and board.position = lower(other.stops)
      join line_stop as alight on alight.line = departure.line and alight.position = upper(other.stops)
      cross join lateral (select case when other.order_id = of_order then 0 else own.gap end * interval '1 minute' as gap) as between_them
      where other.document_digest = own.document_digest and other.live and other.departure <> own.departure
        and departure.departs_at + board.minutes * interval '1 minute' < own.arrives + between_them.gap
        and own.departs < departure.departs_at + alight.minutes * interval '1 minute' + between_them.gap)
    then
      raise exception 'the journeys of one identity overlap' using errcode = 'LN010', constraint = 'journeys_overlap';
    end if;
    if own.day_max is not null and own.document_digest is not null and own.day_max < (
      select count(*) from coupon as other join departure on departure.id = other.departure
      where other.document_digest = own.document_digest and other.live and departure.day = own.day)
    then
      raise exception 'one identity holds too many tickets of a day' using errcode = 'LN010', constraint = 'identity_day_full';
    end if;
    -- The departure's seat map or pool is locked by whoever gets here.
    if own.half_max is not null and own.fare_kind = 'half' and own.half_max * own.places < 100 * (
      select count(*) from coupon as other where other.departure = own.departure and other.live and other.fare_kind = 'half')
    then
      raise exception 'departure % sells no more half tickets', own.departure using errcode = 'LN010', constraint = 'half_share_full';
    end if;
  end loop;
end $$;
