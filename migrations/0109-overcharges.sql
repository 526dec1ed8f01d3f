-- A ceiling published after tickets were sold may lie below what they cost. Which tickets those are is known when it is published; they wait
-- here until their ride is over, so that nobody has to look through all tickets for them.
create table overcharge (
  ticket_no text primary key references coupon (ticket_no)
);
select guard('overcharge');

create function note_overcharges() returns trigger language plpgsql as $$
begin
  insert into overcharge (ticket_no)
  select coupon.ticket_no from added
  join departure on departure.line = added.line and departure.day >= added.valid_from
  join coupon on coupon.departure = departure.id and lower(coupon.stops) = added.from_position and upper(coupon.stops) = added.to_position
  where coupon.fare > added.amount and coupon.state in ('ISSUED', 'CHECKED', 'USED', 'NO_SHOW', 'SUSPENDED', 'EXPIRED')
  on conflict do nothing;
  return null;
end $$;
create trigger note_overcharges after insert on fare_ceiling referencing new table as added
  for each statement execute function note_overcharges();
