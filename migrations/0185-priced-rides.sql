-- What discounts come to: who bears them, what each ride of a card should have cost by the scheme of its city, how much of a month a card
-- has used, and who owes whom for what was taken off. Nothing priced is edited: a ride that is priced anew is taken back first.
alter table participant drop constraint participant_role, drop constraint participant_code_shape;
alter table participant
  add constraint participant_role check (role in
    ('issuer', 'acquirer', 'clearing-centre', 'carrier', 'station', 'channel', 'platform', 'agent', 'authority')),
  add constraint participant_code_shape check (
    case when role in ('issuer', 'acquirer', 'clearing-centre') then code ~ '^[0-9]{8}$' and city_code ~ '^[0-9]{4}$'
    else code ~ ('^' || role || '-[0-9A-Z]+$') end);

-- discount: what a participant bears of discounts and owes (negative); subsidy: what an operator is to get for those it gave.
alter table account drop constraint account_kind;
alter table account add constraint account_kind check (kind in
  ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank', 'float', 'suspense', 'loaded', 'card-credit',
    'shortfall', 'deposit', 'discount', 'subsidy'));

-- Who bears which rule's discounts, by city and date; the most specific row, then the latest, is in force.
create table discount_agreement (
  id integer generated always as identity primary key,
  city text not null check (city ~ '^\d{4}$'),
  -- null: every operator of the city.
  acquirer smallint references participant,
  government smallint not null references participant,
  valid_from date not null,
  valid_to date,
  sample boolean not null,
  -- Percent of operator, issuer and government for each rule: clearing/rating/discounts/bearing-rules.ts
  shares jsonb not null,
  constraint discount_agreement_once unique nulls not distinct (city, acquirer, valid_from)
);
create trigger append_only before update or delete on discount_agreement for each statement execute function append_only();

-- What each kind of ride costs in each tier, worked out once by the rules; arrays by tier.
create table discount_fare (
  id integer generated always as identity primary key,
  scheme text not null references discount_scheme,
  agreement integer not null references discount_agreement,
  service smallint not null,
  price integer not null,
  -- 优惠类型
  mark smallint not null,
  rider_class text not null,
  transfer boolean not null,
  -- What of the month decides the tier; null: the ride neither counts nor is counted.
  counted_by text check (counted_by in ('rides', 'paid')),
  -- Where the second tier begins, the third and so on.
  tier_from integer[] not null,
  due integer[] not null,
  operator_part integer[] not null,
  issuer_part integer[] not null,
  government_part integer[] not null,
  constraint discount_fare_once unique (scheme, agreement, service, price, mark)
);

-- The rides of a clearing day, or of an adjustment, priced together.
create table discount_run (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  adjustment integer references adjustment_run,
  priced_at timestamptz not null,
  rides integer not null,
  -- Rides of earlier runs whose price a late one changed.
  repriced integer not null,
  constraint discount_run_once unique nulls not distinct (day, adjustment)
);

-- Rides that cost less than their price, or were charged more than they cost. The widest columns first.
create table priced_ride (
  card_number bigint not null,
  occurred_at timestamptz not null,
  transaction_day date not null,
  card_sequence integer not null,
  run integer not null,
  file_id integer not null,
  line_number integer not null,
  fare integer not null,
  charged integer not null,
  -- Of the month, before the ride, when it was priced.
  rides_before integer not null,
  paid_before integer not null,
  issuer smallint not null,
  acquirer smallint not null,
  tier smallint not null,
  -- 1 priced, -1 taken back
  sign smallint not null check (sign in (1, -1)),
  constraint priced_ride_once primary key (card_number, transaction_day, card_sequence, run, sign)
);
create index priced_ride_run on priced_ride using brin (run);

-- How far a card is in the month of a city's scheme; rides up to the last one counted.
create table discount_counter (
  card_number bigint not null,
  month date not null,
  rides integer not null,
  paid integer not null,
  last_at timestamptz not null,
  last_sequence integer not null,
  city text not null,
  primary key (card_number, month, city)
);

-- What a run comes to: bearers owe operators what was taken off; an operator owes an issuer, for its holder, what was charged too much.
create table discount_leg (
  -- The run's row is written last, when its sums are known.
  run integer not null references discount_run deferrable initially deferred,
  month date not null,
  scheme text not null references discount_scheme,
  bearer text not null check (bearer in ('operator', 'issuer', 'government', 'overcharge')),
  payer smallint not null references participant,
  payee smallint not null references participant,
  -- Priced less taken back.
  rides integer not null,
  amount bigint not null,
  primary key (run, month, scheme, bearer, payer, payee)
);
create index discount_leg_payer on discount_leg (payer, month);

-- One ride further: {rides, paid} of the month, from what was used before the first of them.
create function count_ride(used integer[], base integer[], by_paid boolean, tier_from integer[], due integer[])
returns integer[] language plpgsql immutable as $$
begin
  used := coalesce(used, base);
  return array[used[1] + 1, used[2] + due[1 + width_bucket(used[1 + by_paid::integer], tier_from)]];
end $$;
create aggregate ride_counter(integer[], boolean, integer[], integer[]) (sfunc = count_ride, stype = integer[]);

select guard('discount_agreement'), guard('discount_counter');
do $$
declare
  posted text;
begin
  foreach posted in array array['discount_fare', 'discount_run', 'priced_ride', 'discount_leg'] loop
    perform guard(posted::regclass);
    execute format('create trigger append_only before update or delete on %I for each statement execute function append_only()', posted);
  end loop;
end $$;
