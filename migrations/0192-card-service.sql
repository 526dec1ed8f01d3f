-- Customer service (客服): what a holder asks of us that moves money (a lost, unreadable or returned card), journeys that one gate saw
-- and the other did not, and who has shown that a card is his.
alter table account drop constraint account_kind;
-- purse: what issuers paid out of, or moved between, the purses of cards.
alter table account add constraint account_kind check (kind in
  ('settlement', 'fees', 'rounding', 'receivable', 'unearned', 'earned', 'bank', 'float', 'suspense', 'loaded', 'card-credit',
    'shortfall', 'deposit', 'discount', 'subsidy', 'purse'));

-- 'moved': the balance of another card; 'fare': what a journey that was not completed was charged too much. Both are owed to the card
-- from their first moment, and its next load terminal gives them.
alter table card_load drop constraint card_load_money_check, drop constraint card_load_evidence_check;
alter table card_load
  add constraint card_load_money_check check (money in ('agent', 'payment', 'credit', 'moved', 'fare')),
  add constraint card_load_evidence_check check (evidence in
    ('tac', 'proof', 'later-counter', 'fresh-mac', 'purchase', 'no-card', 'deadline', 'not-paid', 'claim', 'journey'));
alter table load_line drop constraint load_line_kind_check;
alter table load_line add constraint load_line_kind_check check (kind in
  ('float', 'fund', 'load', 'return', 'credit', 'use-credit', 'withdraw-credit', 'shortfall', 'move', 'overcharge'));

alter table card_event drop constraint card_event_event_check;
alter table card_event add constraint card_event_event_check check (event in
  ('issued', 'named', 'unnamed', 'blocked', 'unblocked', 'replaced', 'converted', 'lost', 'unreadable', 'returned', 'paid', 'refused',
    'journey', 'disputed'));

-- Effective-dated, the last one begun is in force. Ours: the province's own articles on refunds could not be read (card.md §4.2).
create table card_service_policy (
  valid_from timestamptz primary key,
  -- What terminals still hold, or accepted before they knew the list, must be in before a balance counts.
  settle_after interval not null,
  -- Above it, in fen, a second person agrees.
  alone_most integer not null check (alone_most >= 0),
  -- The plastic of a lost card is gone, and its deposit with it.
  lost_deposit_back boolean not null
);
insert into card_service_policy values ('2020-01-01', '7 days', 20000, false);

create table card_claim (
  -- The caller's: asking again finds its own claim.
  id uuid primary key,
  card_number bigint not null references card,
  -- The card that gets the balance; null when it is paid out.
  to_card bigint references card,
  requested_at timestamptz not null,
  due_at timestamptz not null,
  decided_at timestamptz,
  balance_fen integer check (balance_fen >= 0),
  deposit_fen integer not null check (deposit_fen >= 0),
  kind text not null check (kind in ('lost', 'unreadable', 'returned', 'replaced')),
  -- WAITING: for the day its balance counts; TO-APPROVE: for a second person.
  state text not null check (state in ('WAITING', 'TO-APPROVE', 'PAID', 'REFUSED')),
  -- chip: proved by the card itself; purse: rebuilt from cleared transactions; gap: rebuilt, and something is missing in it.
  rests_on text check (rests_on in ('chip', 'purse', 'gap')),
  requested_by text not null,
  approved_by text,
  words text not null default '',
  check (approved_by <> requested_by)
);
create unique index card_claim_open on card_claim (card_number) where state in ('WAITING', 'TO-APPROVE');
create index card_claim_due on card_claim (due_at) where state = 'WAITING';
select guard('card_claim');

-- A number the card must put into a fresh MAC1: an answer kept from before shows nothing.
create table card_challenge (
  card_number bigint primary key,
  challenge integer not null,
  made_at timestamptz not null,
  made_for text not null
);
select guard('card_challenge');

-- Whose page shows a card: he gave the document it is named with, or held the card to a reader. Over when the holder changes.
create table card_keeper (
  account text not null,
  card_number bigint not null,
  shown_by text not null check (shown_by in ('document', 'chip')),
  since timestamptz not null,
  until timestamptz not null,
  primary key (account, card_number)
);
create table card_keeper_failure (
  account text not null,
  at timestamptz not null
);
create index card_keeper_failure_of on card_keeper_failure (account, at);
select guard('card_keeper'), guard('card_keeper_failure');

-- Metro journeys (card.md §1.3, §1.4): the entry carries no money, the exit the fare; who was seen leaving only was charged the most.
-- An acquirer without a row here is left alone.
create table metro_terms (
  acquirer smallint not null references participant,
  valid_from date not null,
  -- What a gate takes when it does not find the entry, in fen.
  most_fen integer not null check (most_fen > 0),
  longest interval not null,
  -- Terminals send late: only then is what is missing missing.
  wait_for interval not null,
  sample boolean not null default false,
  primary key (acquirer, valid_from)
);

create table metro_file (
  file_id integer primary key references card_file,
  looked_at timestamptz not null,
  exits integer not null,
  completed integer not null
);

create table metro_completion (
  card_number bigint not null,
  transaction_day date not null,
  card_sequence integer not null,
  at timestamptz not null,
  file_id integer not null,
  line_number integer not null,
  acquirer smallint not null references participant,
  -- Charged, and what the journey usually costs; the second null when nobody can say, and a person looks.
  charged_fen integer not null,
  usual_fen integer,
  rests_on text not null check (rests_on in ('own-entry', 'own-journeys', 'others', 'nothing')),
  load uuid references card_load,
  primary key (card_number, transaction_day, card_sequence),
  check ((load is null) = (usual_fen is null or usual_fen >= charged_fen))
);
select guard('metro_terms'), guard('metro_file'), guard('metro_completion');
