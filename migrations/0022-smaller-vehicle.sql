-- A smaller vehicle than planned: the last seats are closed, and who sits on them is moved or has to be rebooked.

-- Seats above `new_places` are closed until a larger vehicle comes again; the tickets on them are moved to free seats, the longest
-- stretches first. Who found none is suspended: he may go on another departure, or have all his money back. Nobody else is moved.
create function use_smaller_vehicle(of_departure integer, new_places integer, at timestamptz, actor text)
  returns table (ticket_no text, order_id uuid, state text, seat integer, moved_to integer) language plpgsql as $$
declare
  seats integer[];
  lost coupon;
  target integer[];
begin
  perform set_config('app.tx', 'function', true);
  select occupied into seats from seat_map where departure = of_departure for update;
  delete from seat_quota where departure = of_departure and position is null;
  if new_places < cardinality(seats) then
    insert into seat_quota (departure, position, seats, releases_at)
    values (of_departure, null, array(select generate_series(new_places + 1, cardinality(seats))), 'infinity');
  end if;
  for lost in
    select * from coupon where coupon.departure = of_departure and live and seat_number > new_places
    order by upper(stops) - lower(stops) desc, coupon.ticket_no for update
  loop
    target := best_seats(seats, stretch_mask(lower(lost.stops), upper(lost.stops)), 1,
      closed_seats(of_departure, lower(lost.stops), at), '{}');
    ticket_no := lost.ticket_no;
    order_id := lost.order_id;
    seat := lost.seat_number;
    moved_to := target[1];
    state := case when moved_to is null and lost.state = 'ISSUED' then 'SUSPENDED' else lost.state end;
    if moved_to is not null then
      seats[moved_to] := seats[moved_to] | stretch_mask(lower(lost.stops), upper(lost.stops));
      seats[seat] := seats[seat] & ~stretch_mask(lower(lost.stops), upper(lost.stops));
    end if;
    update coupon set seat_number = coalesce(moved_to, seat_number), state = use_smaller_vehicle.state
      where coupon.ticket_no = lost.ticket_no;
    if lost.state <> 'HELD' then
      insert into ticket_event (ticket_no, event, state, at, actor, detail)
      values (lost.ticket_no, case when moved_to is null then 'seat-lost' else 'seat-moved' end, state, at, actor,
        concat_ws(' → ', seat, moved_to));
    end if;
    return next;
  end loop;
  update seat_map set occupied = seats where departure = of_departure;
end $$;

-- As before, with the closed seats looked up once rather than for each seat.
create or replace function seats_left(of_departure integer, occupied integer[], from_stop integer, to_stop integer, at timestamptz)
  returns integer language sql stable as $$
  select count(*)::integer from unnest(occupied) with ordinality as seat(mask, number)
  where mask & stretch_mask(from_stop, to_stop) = 0
    and number <> all ((select closed_seats(of_departure, from_stop, at))::integer[])
$$;
