-- The money itself: what members are paid or asked for after a day, what the bank says came and went, what nobody can place yet, and
-- what members keep with us against it.
alter table account drop constraint account_kind;
alter table account add constraint account_kind check (kind in
  ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank', 'float', 'suspense', 'loaded', 'card-credit',
    'shortfall', 'deposit', 'discount', 'subsidy', 'purse', 'reserve'));

-- How a member settles, and the reserve it must keep. A member without a row settles daily and keeps none.
create table settlement_terms (
  participant smallint primary key references participant,
  cycle text not null check (cycle in ('daily', 'monthly')),
  -- For one banking day; more is asked for when days without banks follow.
  reserve_required bigint not null check (reserve_required >= 0),
  sample boolean not null
);

-- Days that differ from the week: holidays on weekdays, and working weekends (调休).
create table bank_calendar (
  day date primary key,
  open boolean not null,
  name text not null,
  sample boolean not null
);

-- One for each settled day: prepared by us, released by one person and approved by another, then sent.
create table payment_run (
  day date primary key references clearing_day,
  prepared_at timestamptz not null,
  maker text,
  released_at timestamptz,
  checker text,
  approved_at timestamptz,
  constraint payment_run_two_persons check (checker <> maker),
  constraint payment_run_in_order check (approved_at is null or released_at is not null)
);

create table payment_instruction (
  id integer generated always as identity primary key,
  day date not null references payment_run,
  participant smallint not null references participant,
  -- The clearing days it pays for, the run's included.
  from_day date not null,
  -- Positive: we pay. Negative: the member pays.
  amount bigint not null check (amount <> 0),
  due_on date not null,
  sent_at timestamptz,
  confirmed_at timestamptz,
  constraint payment_instruction_once unique (participant, day)
);

-- What the bank reported, line by line, each once.
create table bank_line (
  id integer generated always as identity primary key,
  reference text not null constraint bank_line_reference unique,
  -- Ours, where the bank gives it back; what it says otherwise.
  purpose text not null,
  counterparty text not null,
  -- Positive: it came to us.
  amount bigint not null check (amount <> 0),
  value_on date not null,
  taken_at timestamptz not null,
  instruction integer references payment_instruction,
  -- What the bank's amount lacks of ours, within the tolerance.
  difference bigint not null default 0
);

create table suspense_item (
  bank_line integer primary key references bank_line,
  reason text not null check (reason in ('unknown-purpose', 'other-amount', 'paid-twice')),
  action text check (action in ('assign', 'return', 'write-off')),
  instruction integer references payment_instruction,
  maker text,
  proposed_at timestamptz,
  checker text,
  cleared_at timestamptz,
  constraint suspense_two_persons check (checker <> maker),
  constraint suspense_in_order check (cleared_at is null or proposed_at is not null)
);

create table top_up_notice (
  participant smallint not null references participant,
  day date not null,
  balance bigint not null,
  required bigint not null,
  due_on date not null,
  notified_at timestamptz not null,
  primary key (participant, day)
);

-- The simulated bank's own books; a real one has them elsewhere.
create table simulated_bank_line (
  id integer generated always as identity primary key,
  order_key text unique,
  purpose text not null,
  counterparty text not null,
  amount bigint not null,
  value_on date not null
);

select guard('settlement_terms'), guard('bank_calendar'), guard('payment_run'), guard('payment_instruction'), guard('bank_line'),
  guard('suspense_item'), guard('top_up_notice'), guard('simulated_bank_line');
