-- What rides on codes do to the ledger: a ride is owed to the issuer by its holder, a payment ends that. Lines are written with the ride
-- and the payment, and posted together.
create table ride_batch (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  lines integer not null check (lines > 0),
  digest bytea not null check (octet_length(digest) = 32),
  posted_at timestamptz not null
);

create table ride_line (
  id bigint generated always as identity primary key,
  trip uuid not null references ride_trip,
  at timestamptz not null,
  amount integer not null check (amount > 0),
  batch integer references ride_batch,
  issuer smallint not null references participant,
  kind text not null check (kind in ('ride', 'paid')),
  constraint ride_line_once unique (trip, kind)
);
create index ride_line_unposted on ride_line (id) where batch is null;
select guard('ride_line'), guard('ride_batch');

-- Rides from before.
do $$
begin
  perform set_config('app.tx', 'migration 0187', true);
  insert into ride_line (trip, at, amount, issuer, kind)
    select ride_trip.id, ride_trip.at, ride_trip.amount, card.issuer, 'ride'
    from ride_trip join card on card.number = ride_trip.card_number order by ride_trip.at, ride_trip.id;
  insert into ride_line (trip, at, amount, issuer, kind)
    select ride_trip.id, ride_trip.paid_at, ride_trip.amount, card.issuer, 'paid'
    from ride_trip join card on card.number = ride_trip.card_number
    where ride_trip.state = 'PAID' order by ride_trip.paid_at, ride_trip.id;
end $$;
