-- The open leg of a return ticket gets its departure: a place is taken there under the usual locks, and the ticket stays the same one.

-- Answers 'confirmed', 'known' (it is on this departure already), 'not-open', or the name of what is full.
create function confirm_open_leg(of_ticket text, of_departure integer, seat integer, new_claims jsonb, at timestamptz, actor text)
  returns text language plpgsql as $$
declare
  open coupon;
  taken integer[];
begin
  perform set_config('app.tx', 'function', true);
  perform from ticket_order where id = (select order_id from coupon where ticket_no = of_ticket) for update;
  select * into open from coupon where ticket_no = of_ticket for update;
  if open.departure = of_departure then
    return 'known';
  end if;
  if open.departure is not null or open.state <> 'ISSUED' then
    return 'not-open';
  end if;
  if exists (select from ticket_order where state = 'LOCKED' and hold_until <= at and of_departure = any (departures)) then
    perform release_expired_holds(array[of_departure], at, 100);
  end if;
  if new_claims = '{}' then
    taken := claim_seats(of_departure, lower(open.stops), upper(open.stops), array[seat], at);
    if taken is null then
      return 'departure_full';
    end if;
  end if;
  update coupon set departure = of_departure, open_line = null, open_until = null, seat_number = taken[1], claims = new_claims
    where ticket_no = of_ticket;
  perform claim_pools(of_departure, new_claims);
  update ticket_order set departures = departures || of_departure where id = open.order_id;
  insert into ticket_event (ticket_no, event, state, at, actor) values (of_ticket, 'confirm', open.state, at, actor);
  return 'confirmed';
end $$;
