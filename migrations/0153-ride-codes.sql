-- Ride codes (乘车码): accounts of virtual cards with a phone's key, rides that are paid afterwards, and debts that are recovered.
create table ride_issuer (
  issuer smallint primary key references participant,
  -- 117 bytes, signed by our root.
  certificate bytea not null check (octet_length(certificate) = 117)
);

create table ride_account (
  card_number bigint primary key references card,
  opened_at timestamptz not null,
  -- SM2, compressed: the phone's.
  user_key bytea not null check (octet_length(user_key) = 33),
  pay_account text not null check (length(pay_account) = 16),
  state text not null default 'open' check (state in ('open', 'suspended')),
  trip_limit_fen integer not null check (trip_limit_fen > 0),
  -- How much may be owed before no new authorisation is given, and no ride taken.
  debt_limit_fen integer not null check (debt_limit_fen > 0),
  debt_fen integer not null default 0 check (debt_fen >= 0)
);

create table ride_trip (
  id uuid primary key,
  card_number bigint not null references ride_account,
  at timestamptz not null,
  amount integer not null check (amount > 0),
  acquirer smallint not null references participant,
  terminal_number bigint not null,
  -- Each code is one ride.
  code_digest bytea not null check (octet_length(code_digest) = 32),
  code bytea not null,
  clearing_day date not null references clearing_day,
  state text not null default 'OWED' check (state in ('OWED', 'ASKED', 'PAID')),
  attempts integer not null default 0,
  next_try timestamptz not null,
  paid_at timestamptz,
  constraint ride_trip_code unique (code_digest)
);
create index ride_trip_of on ride_trip (card_number, at desc);
create index ride_trip_due on ride_trip (next_try) where state <> 'PAID';
create index ride_trip_day on ride_trip (clearing_day);
select guard('ride_issuer'), guard('ride_account'), guard('ride_trip');
