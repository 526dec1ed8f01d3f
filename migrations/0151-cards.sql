-- Issuing (发卡): products, orders that become personalisation batches, every card's life, and who holds a named one.
alter table account drop constraint account_kind;
alter table account add constraint account_kind check (kind in
  ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank', 'float', 'suspense', 'loaded', 'card-credit', 'shortfall', 'deposit'));

create table card_product (
  code text primary key check (code ~ '^[A-Z0-9-]{2,16}$'),
  name text not null,
  -- 卡种类型: 1 ordinary, 2 student, 3 senior, 4 test, 5 military.
  holder_kind smallint not null check (holder_kind between 1 and 5),
  -- deposit: comes back with the card; sale: bought for good; virtual: a number in a phone, no plastic.
  form text not null check (form in ('deposit', 'sale', 'virtual')),
  price_fen integer not null check (price_fen >= 0),
  valid_years smallint not null check (valid_years between 1 and 30),
  -- A discount that rests on who somebody is needs to know who he is.
  named boolean not null,
  -- The generation of roots new cards are derived from.
  key_version smallint not null default 1,
  key_index smallint not null default 1,
  algorithm text not null check (algorithm in ('3des', 'sm4')),
  sample boolean not null default false
);
insert into card_product (code, name, holder_kind, form, price_fen, valid_years, named, algorithm, sample) values
  ('DEPOSIT', '押金卡', 1, 'deposit', 2000, 15, false, 'sm4', true),
  ('SALE', '普通销售卡', 1, 'sale', 1800, 15, false, 'sm4', true),
  ('SALE-3DES', '普通销售卡（3DES）', 1, 'sale', 1800, 15, false, '3des', true),
  ('STUDENT', '学生卡', 2, 'deposit', 2000, 6, true, 'sm4', true),
  ('SENIOR', '老人卡', 3, 'sale', 0, 10, true, 'sm4', true),
  ('VIRTUAL', '虚拟卡', 1, 'virtual', 0, 5, false, 'sm4', true);

-- The 11 digits behind the BIN, given once. Numbers of real cards are not ours to give: ours begin high.
create table card_serial (
  issuer smallint primary key references participant,
  next_serial bigint not null check (next_serial between 0 and 99999999999)
);

create table card_order (
  id uuid primary key,
  issuer smallint not null references participant,
  product text not null references card_product,
  quantity integer not null check (quantity between 1 and 100000),
  first_number bigint not null,
  -- Who personalises, and so whose transport key: [\w.-].
  personaliser text not null check (personaliser ~ '^[\w.-]{1,32}$'),
  -- Names the batch in its wrapping: no two are wrapped under the same key.
  batch integer generated always as identity,
  state text not null default 'ORDERED' check (state in ('ORDERED', 'MADE', 'REPORTED')),
  made_by text not null,
  made_at timestamptz not null,
  personalised_at timestamptz,
  file_digest bytea check (octet_length(file_digest) = 32),
  reported_at timestamptz,
  good integer,
  spoilt integer,
  constraint card_order_batch unique (batch)
);
select guard('card_order'), guard('card_serial');

create table card (
  number bigint primary key,
  valid_from date not null,
  valid_to date not null,
  issuer smallint not null references participant,
  product text not null references card_product,
  made_in uuid references card_order,
  state text not null check (state in ('ORDERED', 'STOCK', 'ACTIVE', 'BLOCKED', 'REPLACED', 'RETURNED', 'SPOILT')),
  issued_at timestamptz,
  -- Taken when it was issued; a deposit until it is given back.
  paid_fen integer not null default 0,
  -- Sealed name and document, and the digest that finds the holder again; with consent only.
  holder bytea,
  holder_digest bytea,
  consented_at timestamptz,
  replaced_by bigint references card,
  check ((holder is null) = (consented_at is null) and (holder is null) = (holder_digest is null))
);
create index card_of_order on card (made_in);
create index card_of_holder on card (holder_digest) where holder_digest is not null;
select guard('card');

create table card_event (
  id bigint generated always as identity primary key,
  card_number bigint not null references card,
  at timestamptz not null,
  event text not null check (event in ('issued', 'named', 'unnamed', 'blocked', 'unblocked', 'replaced', 'converted')),
  actor text not null,
  note text not null default ''
);
create index card_event_of on card_event (card_number, at);
select guard('card_event');
