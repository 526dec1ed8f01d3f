-- One person is in one place at a time: limits of one identity over several tickets, and the share of half tickets, held wherever a
-- coupon comes to life, by the policy the coupon froze.
alter table refund_policy
  -- Parameter 1064: what must lie between two journeys of one identity; null, journeys may overlap.
  add column journey_gap_minutes integer generated always as ((terms ->> 'journeyGapMinutes')::integer) stored,
  add column tickets_per_identity_per_day integer generated always as ((terms ->> 'ticketsPerIdentityPerDay')::integer) stored,
  -- Parameter 1036.
  add column half_share_percent_max integer generated always as ((terms ->> 'halfSharePercentMax')::integer) stored;

-- Two orders for one identity take turns from here to their commit, in the order of the digests, so neither can overlook the other.
-- Comes after the seat maps and before the pools in the order of locks.
create function check_coupon_limits(of_order uuid) returns void language plpgsql as $$
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
    select coupon.document_digest, coupon.departure, coupon.fare_kind, departure.day, departure.places, departure.departs_at + board.minutes * interval '1 minute' as departs,
      departure.departs_at + alight.minutes * interval '1 minute' as arrives, policy.journey_gap_minutes as gap,
      policy.tickets_per_identity_per_day as day_max, policy.half_share_percent_max as half_max
    from coupon
    join refund_policy as policy on policy.id = coupon.refund_policy
    join departure on departure.id = coupon.departure
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    where coupon.order_id = of_order and coupon.live
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

create function check_new_coupons() returns trigger language plpgsql as $$
begin
  perform check_coupon_limits(order_id) from (select distinct order_id from added where live) as placed;
  return null;
end $$;
create trigger limits_of_new after insert on coupon referencing new table as added
  for each statement execute function check_new_coupons();

-- A coupon that comes back to life (money that came late), or an open leg that gets its sailing.
create function check_revived_coupon() returns trigger language plpgsql as $$
begin
  perform check_coupon_limits(new.order_id);
  return null;
end $$;
create trigger limits_of_revived after update of live, departure on coupon for each row
  when (new.live and (not old.live or new.departure is distinct from old.departure))
  execute function check_revived_coupon();
