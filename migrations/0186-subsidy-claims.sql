-- Claims for discounts: what one bearer owes for one month of rides, by the runs since its last claim of that month, with a signed file of
-- every ride behind it. An issuer pays through the settlement of the day the claim is made; an authority pays the operators by it.
create table subsidy_claim (
  id integer generated always as identity primary key,
  bearer smallint not null references participant,
  month date not null check (month = date_trunc('month', month)),
  -- 1 is the month's own; those that follow say what came late changed.
  number smallint not null check (number > 0),
  -- Discount runs behind this one, up to that one.
  after_run integer not null,
  up_to_run integer not null check (up_to_run > after_run),
  rides integer not null,
  amount bigint not null,
  day date not null references clearing_day,
  issued_at timestamptz not null,
  paid_at timestamptz,
  -- Of the file; null until it was made.
  name text,
  stored_as text,
  size bigint,
  lines integer,
  digest bytea check (octet_length(digest) = 32),
  signature bytea check (octet_length(signature) = 64),
  constraint subsidy_claim_once unique (bearer, month, number),
  constraint subsidy_claim_file check (num_nulls(name, stored_as, size, lines, digest, signature) in (0, 6))
);
create index subsidy_claim_day on subsidy_claim (day);

create table subsidy_claim_leg (
  claim integer not null references subsidy_claim,
  payee smallint not null references participant,
  -- Negative: what came late took more back than it gave.
  amount bigint not null check (amount <> 0),
  primary key (claim, payee)
);
create trigger append_only before update or delete on subsidy_claim_leg for each statement execute function append_only();
select guard('subsidy_claim'), guard('subsidy_claim_leg');
