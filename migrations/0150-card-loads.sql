-- Loading cards (充值): agents with a float and a hard limit, each load's life from the money to the card's own proof, what is owed
-- to cards whose money was taken and not loaded, and the lines that carry all of it into the ledger.
alter table participant drop constraint participant_role, drop constraint participant_code_shape;
alter table participant
  add constraint participant_role check (role in
    ('issuer', 'acquirer', 'clearing-centre', 'carrier', 'station', 'channel', 'platform', 'agent')),
  add constraint participant_code_shape check (
    case when role in ('issuer', 'acquirer', 'clearing-centre') then code ~ '^[0-9]{8}$' and city_code ~ '^[0-9]{4}$'
    else code ~ ('^' || role || '-[0-9A-Z]+$') end);

-- float: what a load agent has paid ahead; suspense: money taken for a load that is not decided; loaded: on the card, owed to its
-- issuer through the day's positions; card-credit: to be loaded onto the card when it is seen next; shortfall: given back, and yet loaded.
alter table account drop constraint account_kind;
alter table account add constraint account_kind check (kind in
  ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank', 'float', 'suspense', 'loaded', 'card-credit', 'shortfall'));

create table load_agent (
  id integer generated always as identity primary key,
  code text not null check (code ~ '^[0-9A-Z]{2,16}$'),
  name text not null,
  -- Who answers for it: an acquirer. The money it takes is this one's until it is settled with the issuers.
  operator smallint not null references participant,
  -- The agent in the ledger.
  party smallint not null references participant,
  -- Whose sessions may load in its name: a role, or one account of it, 'role:account'.
  keeper text not null default 'clerk',
  state text not null default 'active' check (state in ('active', 'suspended')),
  float_fen bigint not null default 0,
  credit_fen bigint not null default 0 check (credit_fen >= 0),
  constraint load_agent_code unique (code),
  constraint load_agent_float check (float_fen + credit_fen >= 0)
);
select guard('load_agent');

-- Effective-dated, the last one begun is in force. Fen.
create table load_policy (
  valid_from timestamptz primary key,
  single_least integer not null check (single_least > 0),
  single_most integer not null,
  balance_most integer not null,
  -- Of one card in a day.
  daily_most integer not null,
  alarm_after interval not null,
  decide_after interval not null check (decide_after > alarm_after)
);
-- Balance as in the recharge code of the field (card.md §4.1); the rest is ours.
insert into load_policy values ('2020-01-01', 100, 100000, 100000, 200000, '4 minutes', '22 hours');

create table card_load (
  -- The caller's: asking again finds its own load.
  id uuid primary key,
  card_number bigint not null,
  requested_at timestamptz not null,
  -- When money was known to be taken; alarms and the day to decide count from here.
  funded_at timestamptz,
  -- In MAC2, the card's log and the TAC.
  occurred_at timestamptz,
  decided_at timestamptz,
  alarmed_at timestamptz,
  terminal_number bigint,
  amount integer not null check (amount > 0),
  balance_before integer,
  agent integer references load_agent,
  random integer,
  tac integer,
  clearing_day date references clearing_day,
  -- A number the card must put into a fresh MAC1 to prove where its counter stands.
  challenge integer,
  operator smallint not null references participant,
  issuer smallint not null references participant,
  online_counter integer,
  -- key version << 8 | key index
  key smallint,
  -- 算法标识 as the card says it
  algorithm smallint,
  -- 'credit': from what is owed to the card.
  money text not null check (money in ('agent', 'payment', 'credit')),
  -- FUNDING: the gateway has not said; FUNDED: money taken; AUTHORISED: MAC2 made, only the card knows; RETURNING: to be paid back.
  state text not null check (state in
    ('FUNDING', 'FUNDED', 'AUTHORISED', 'RETURNING', 'LOADED', 'RETURNED', 'CREDITED', 'FAILED')),
  evidence text check (evidence in ('tac', 'proof', 'later-counter', 'fresh-mac', 'purchase', 'no-card', 'deadline', 'not-paid')),
  check ((money = 'agent') = (agent is not null)),
  check (state not in ('AUTHORISED', 'LOADED') or (online_counter is not null and occurred_at is not null)),
  check ((state = 'LOADED') = (clearing_day is not null))
);
-- A card has one undecided load, and a counter credits it once.
create unique index card_load_undecided on card_load (card_number) where state = 'AUTHORISED';
create unique index card_load_once on card_load (card_number, online_counter) where state = 'LOADED';
create index card_load_of_card on card_load (card_number, requested_at desc);
create index card_load_open on card_load (funded_at) where state in ('FUNDED', 'AUTHORISED', 'RETURNING');
create index card_load_funding on card_load (requested_at) where state = 'FUNDING';
create index card_load_day on card_load (clearing_day) where state = 'LOADED';
select guard('card_load');

-- What is owed to a card: money taken for a load that was given up. Used by one later load.
create table card_credit (
  load uuid primary key references card_load,
  card_number bigint not null,
  amount integer not null check (amount > 0),
  made_at timestamptz not null,
  used_by uuid references card_load,
  withdrawn_at timestamptz,
  check (used_by is null or withdrawn_at is null)
);
create index card_credit_open on card_credit (card_number) where used_by is null and withdrawn_at is null;
select guard('card_credit');

-- Lines posted together: one journal of the chained ledger, whose reference holds the digest of its lines.
create table load_batch (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  lines integer not null check (lines > 0),
  digest bytea not null check (octet_length(digest) = 32),
  posted_at timestamptz not null
);

create table load_line (
  id bigint generated always as identity primary key,
  load uuid,
  at timestamptz not null,
  amount bigint not null check (amount > 0),
  agent integer references load_agent,
  batch integer references load_batch,
  operator smallint not null references participant,
  kind text not null check (kind in ('float', 'fund', 'load', 'return', 'credit', 'use-credit', 'withdraw-credit', 'shortfall'))
);
create index load_line_unposted on load_line (id) where batch is null;
create index load_line_of on load_line (load);
select guard('load_line'), guard('load_batch');

-- Begins loads at agents, or with what is owed to the card, or with a payment that was taken before: each row is judged by itself,
-- all in one call. Rows: {n, id, card, operator, issuer, agent, terminal, amount, balance, counter, key, algorithm, random}.
create function begin_card_loads(rows jsonb, moment timestamptz)
returns table (n integer, outcome text, occurred timestamptz, challenge integer) language plpgsql as $$
declare
  r record;
  known card_load;
  other card_load;
  policy load_policy;
  taken bigint;
begin
  select * into policy from load_policy where valid_from <= moment order by valid_from desc limit 1;
  perform from load_agent where id in (select (x ->> 'agent')::integer from jsonb_array_elements(rows) x) order by id for update;
  for r in select * from jsonb_to_recordset(rows) as x (n integer, id uuid, card bigint, operator smallint, issuer smallint,
      agent integer, credit uuid, terminal bigint, amount integer, balance integer, counter integer, key smallint, algorithm smallint,
      random integer)
    order by card, n
  loop
    n := r.n; occurred := moment; challenge := null;
    select * into known from card_load where id = r.id for update;
    if known.id is not null and (known.card_number <> r.card or known.amount <> r.amount or known.operator <> r.operator
        or known.state not in ('FUNDED', 'AUTHORISED')
        or known.state = 'AUTHORISED' and (known.online_counter <> r.counter or known.random <> r.random)) then
      outcome := case when known.state in ('FUNDED', 'AUTHORISED') then 'other' else 'ended' end; return next; continue;
    end if;
    if known.state = 'AUTHORISED' then
      outcome := 'begun'; occurred := known.occurred_at; return next; continue;
    end if;
    -- Whatever this card began before with an earlier counter was credited: only a credit moves the counter.
    select * into other from card_load where card_number = r.card and state = 'AUTHORISED' for update;
    if other.id is not null then
      outcome := case when other.online_counter < r.counter then 'earlier-loaded' else 'undecided' end;
      challenge := other.challenge; return next; continue;
    end if;
    if r.amount < policy.single_least or r.amount > policy.single_most then
      outcome := 'amount'; return next; continue;
    end if;
    if r.balance + r.amount > policy.balance_most then
      outcome := 'balance'; return next; continue;
    end if;
    if known.id is not null then
      update card_load set state = 'AUTHORISED', occurred_at = moment, terminal_number = r.terminal, balance_before = r.balance,
        online_counter = r.counter, key = r.key, algorithm = r.algorithm, random = r.random where id = r.id;
      outcome := 'begun'; return next; continue;
    end if;
    if r.credit is not null then
      insert into card_load (id, card_number, requested_at, funded_at, occurred_at, terminal_number, amount, balance_before,
        random, operator, issuer, online_counter, key, algorithm, money, state)
      select r.id, r.card, moment, moment, moment, r.terminal, amount, r.balance, r.random, r.operator, r.issuer, r.counter, r.key,
        r.algorithm, 'credit', 'AUTHORISED'
      from card_credit where load = r.credit and card_number = r.card and amount = r.amount and used_by is null and withdrawn_at is null
      for update;
      if not found then
        outcome := 'credit'; return next; continue;
      end if;
      update card_credit set used_by = r.id where load = r.credit;
      -- The operator that owes it pays it, wherever the card is loaded.
      insert into load_line (load, at, amount, operator, kind)
        select r.id, moment, r.amount, operator, 'use-credit' from card_load where id = r.credit;
      update card_load set operator = (select operator from card_load where id = r.credit) where id = r.id;
      outcome := 'begun'; return next; continue;
    end if;
    select coalesce(sum(amount), 0) into taken from card_load
      where card_number = r.card and requested_at > moment - interval '1 day' and state in ('AUTHORISED', 'LOADED', 'FUNDED');
    if taken + r.amount > policy.daily_most then
      outcome := 'daily'; return next; continue;
    end if;
    update load_agent set float_fen = float_fen - r.amount
      where id = r.agent and operator = r.operator and state = 'active' and float_fen + credit_fen >= r.amount;
    if not found then
      outcome := 'float'; return next; continue;
    end if;
    insert into card_load (id, card_number, requested_at, funded_at, occurred_at, terminal_number, amount, balance_before, agent,
      random, operator, issuer, online_counter, key, algorithm, money, state)
    values (r.id, r.card, moment, moment, moment, r.terminal, r.amount, r.balance, r.agent, r.random, r.operator, r.issuer,
      r.counter, r.key, r.algorithm, 'agent', 'AUTHORISED');
    insert into load_line (load, at, amount, agent, operator, kind) values (r.id, moment, r.amount, r.agent, r.operator, 'fund');
    outcome := 'begun'; return next;
  end loop;
end $$;

-- Decides loads by what their cards proved: {n, id, loaded, evidence, tac}. A load decided otherwise before is put right when it is
-- shown to have been loaded after all; nothing else changes a decision.
create function decide_card_loads(rows jsonb, moment timestamptz, open_day date)
returns table (n integer, outcome text) language plpgsql as $$
declare
  r record;
  known card_load;
begin
  perform from load_agent where id in
    (select agent from card_load where id in (select (x ->> 'id')::uuid from jsonb_array_elements(rows) x)) order by id for update;
  for r in select * from jsonb_to_recordset(rows) as x (n integer, id uuid, loaded boolean, evidence text, tac integer) order by id
  loop
    n := r.n;
    select * into known from card_load where id = r.id for update;
    if known.state = 'LOADED' or known.state in ('RETURNED', 'CREDITED', 'RETURNING') and not r.loaded then
      outcome := known.state; return next; continue;
    end if;
    if known.id is null or known.online_counter is null and r.loaded or known.state in ('FUNDING', 'FAILED') then
      outcome := 'none'; return next; continue;
    end if;
    if r.loaded and exists (select from card_load where card_number = known.card_number
        and online_counter = known.online_counter and state = 'LOADED') then
      outcome := 'none'; return next; continue;
    end if;
    if r.loaded then
      if known.state = 'RETURNED' then
        insert into load_line (load, at, amount, agent, operator, kind)
          values (known.id, moment, known.amount, known.agent, known.operator, 'shortfall');
      elsif known.state = 'CREDITED' then
        update card_credit set withdrawn_at = moment where load = known.id and used_by is null and withdrawn_at is null;
        insert into load_line (load, at, amount, agent, operator, kind) values (known.id, moment, known.amount, known.agent,
          known.operator, case when found then 'withdraw-credit' else 'shortfall' end);
      end if;
      update card_load set state = 'LOADED', evidence = r.evidence, tac = coalesce(r.tac, tac), decided_at = moment,
        clearing_day = open_day where id = known.id;
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'load');
      outcome := 'LOADED'; return next; continue;
    end if;
    if known.money = 'payment' then
      -- The gateway pays it back; the money stays in suspense until it says so.
      update card_load set state = 'RETURNING', evidence = r.evidence where id = known.id;
      outcome := 'RETURNING';
    elsif r.evidence = 'deadline' or known.money = 'credit' then
      -- Nobody is at the counter any more: it is owed to the card.
      update card_load set state = 'CREDITED', evidence = r.evidence, decided_at = moment where id = known.id;
      insert into card_credit (load, card_number, amount, made_at) values (known.id, known.card_number, known.amount, moment);
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'credit');
      outcome := 'CREDITED';
    else
      -- The card was there and proved it: the agent has its float back, and the holder his cash.
      update card_load set state = 'RETURNED', evidence = r.evidence, decided_at = moment where id = known.id;
      update load_agent set float_fen = float_fen + known.amount where id = known.agent;
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'return');
      outcome := 'RETURNED';
    end if;
    return next;
  end loop;
end $$;
