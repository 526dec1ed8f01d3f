-- Ticket revenue in the ledger of the cards: its parties, its accounts, what each coupon's money was split into, its statements.
alter table participant drop constraint participant_code_check, drop constraint participant_role_check,
  drop constraint participant_city_code_check;
-- Parties of ticket revenue are named by their room's own code: carrier-C01, station-440100001, channel-WEB, platform-1.
alter table participant
  add constraint participant_role check (role in ('issuer', 'acquirer', 'clearing-centre', 'carrier', 'station', 'channel', 'platform')),
  add constraint participant_code_shape check (
    case when role in ('issuer', 'acquirer', 'clearing-centre') then code ~ '^[0-9]{8}$' and city_code ~ '^[0-9]{4}$'
    else code ~ ('^' || role || '-[0-9A-Z]+$') end);

-- receivable: what a channel owes for tickets (negative) or paid ahead; unearned: a share of a ride not yet given; earned: a share
-- that is settled; bank: the money itself.
alter table account drop constraint account_kind_check;
alter table account add constraint account_kind
  check (kind in ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank'));

-- 站级 of JT 200: decides the station's agent fee (客运代理费).
alter table place add column class smallint check (class between 1 and 5);
update place set class = case when code = '440100007' then 1 when kind = 'station' then 2 else 3 end;

-- The most specific row valid on the day of sale wins: the place's own, else its class's, else the general one.
create table agent_fee (
  id integer generated always as identity primary key,
  place integer references place,
  class smallint check (class between 1 and 5),
  rate numeric(5, 4) not null check (rate between 0 and 1),
  valid_from date not null,
  valid_to date,
  sample boolean not null default false,
  constraint agent_fee_once unique nulls not distinct (place, class, valid_from),
  check (place is null or class is null)
);
-- A sample (ticketing facts §1.3: the caps of the 1996 rule are not readable).
insert into agent_fee (class, rate, valid_from, sample)
values (1, 0.10, '2026-01-01', true), (2, 0.08, '2026-01-01', true), (3, 0.06, '2026-01-01', true), (null, 0.06, '2026-01-01', true);

-- What a sold coupon's money was split into: frozen at issue, earned by use, reversed by a refund or a change.
create table coupon_revenue (
  ticket_no text primary key references coupon (ticket_no),
  channel smallint not null references participant,
  carrier smallint not null references participant,
  station smallint not null references participant,
  fare bigint not null check (fare >= 0),
  service_fee bigint not null check (service_fee >= 0),
  agent_fee bigint not null check (agent_fee >= 0),
  commission bigint not null check (commission >= 0),
  ticket_charge bigint not null check (ticket_charge >= 0),
  state text not null check (state in ('UNEARNED', 'EARNED', 'ENDED')),
  ride_ends_at timestamptz not null,
  -- When to look whether the ride was taken.
  due_at timestamptz not null
) with (fillfactor = 80);
create index coupon_revenue_due on coupon_revenue (due_at) where state = 'UNEARNED';

-- Coupon events posted together: one journal of the chained ledger, whose reference holds the digest of its lines.
create table revenue_batch (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  lines integer not null check (lines > 0),
  digest bytea not null check (octet_length(digest) = 32),
  posted_at timestamptz not null
);
create index revenue_batch_day on revenue_batch (day);

-- The legs of one coupon event. Positive: we owe the party.
create table revenue_line (
  batch integer not null references revenue_batch,
  line integer not null,
  ticket_no text not null,
  kind text not null check (kind in ('issue', 'use', 'unused', 'refund', 'void', 'change')),
  at timestamptz not null,
  channel smallint not null references participant,
  carrier smallint not null references participant,
  station smallint not null references participant,
  receivable bigint not null,
  channel_unearned bigint not null,
  channel_earned bigint not null,
  carrier_unearned bigint not null,
  carrier_earned bigint not null,
  station_unearned bigint not null,
  station_earned bigint not null,
  platform_unearned bigint not null,
  platform_earned bigint not null,
  primary key (batch, line),
  -- Each happens to a ticket once.
  constraint revenue_line_once unique (ticket_no, kind),
  constraint revenue_line_balances check (receivable + channel_unearned + channel_earned + carrier_unearned + carrier_earned
    + station_unearned + station_earned + platform_unearned + platform_earned = 0)
);
create trigger append_only before update or delete on revenue_batch for each statement execute function append_only();
create trigger append_only before update or delete on revenue_line for each statement execute function append_only();

-- Money that channels paid in, to be posted.
create index channel_movement_top_up on channel_movement (key) where kind = 'top-up';

-- One per party and day, numbered without gaps. The bytes are not kept: they follow from the ledger, and the digest proves it.
create table revenue_statement (
  party smallint not null references participant,
  number integer not null check (number > 0),
  day date not null references clearing_day,
  lines integer not null,
  -- What the day added to the party's accounts.
  net bigint not null,
  digest bytea not null check (octet_length(digest) = 32),
  signature bytea not null check (octet_length(signature) = 64),
  published_at timestamptz not null,
  primary key (party, number),
  constraint revenue_statement_day unique (party, day)
);
create trigger append_only before update or delete on revenue_statement for each statement execute function append_only();
create table revenue_day (
  day date primary key references clearing_day,
  published_at timestamptz not null
);

-- A partner's file held against ours.
create table reconciliation (
  id uuid primary key,
  party smallint not null references participant,
  day date not null,
  digest bytea not null check (octet_length(digest) = 32),
  lines integer not null,
  agreed integer not null,
  received_at timestamptz not null
);
create table reconciliation_difference (
  reconciliation uuid not null references reconciliation,
  ticket_no text not null,
  kind text not null check (kind in ('ONLY_OURS', 'ONLY_THEIRS', 'AMOUNT', 'STATE')),
  ours jsonb,
  theirs jsonb,
  primary key (reconciliation, ticket_no)
);
select guard('coupon_revenue'), guard('revenue_batch'), guard('revenue_line'), guard('revenue_statement'), guard('revenue_day'), guard('reconciliation'),
  guard('reconciliation_difference');
