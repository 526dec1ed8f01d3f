-- What a clearing day comes to: totals by agreement, one position per participant, a journal that balances, a chain that shows edits.
create table settlement_total (
  day date not null references clearing_day,
  acquirer smallint not null references participant,
  issuer smallint not null references participant,
  service smallint not null,
  agreement integer not null references agreement,
  -- Fare-bearing transactions; metro entries are counted beside them and are never money.
  transactions integer not null,
  entries integer not null,
  amount bigint not null,
  price bigint not null,
  -- Exact, in fen with up to 7 places; rounded only on totals (card.md §2.7). The centre's fee is what the two shares leave.
  fee numeric not null,
  acquirer_fee numeric not null,
  issuer_fee numeric not null,
  primary key (day, acquirer, issuer, service)
);

-- The multilateral view: what one participant gets from or owes to the centre for the day.
create table position (
  day date not null references clearing_day,
  participant smallint not null references participant,
  income bigint not null check (income >= 0),
  expense bigint not null check (expense >= 0),
  net bigint generated always as (income - expense) stored,
  primary key (day, participant)
);

-- The bilateral view of the same money: who owes whom. It adds up to the positions exactly.
create table obligation (
  day date not null references clearing_day,
  payer smallint not null references participant,
  payee smallint not null references participant check (payee <> payer),
  amount bigint not null check (amount > 0),
  primary key (day, payer, payee)
);

-- At commit a day's positions sum to zero, and every position equals the obligations towards it minus those from it.
create function positions_balance() returns trigger language plpgsql as $$
declare
  difference bigint;
  odd smallint;
begin
  select coalesce(sum(net), 0) into difference from position where day = new.day;
  if difference <> 0 then
    raise exception 'the positions of % are out of balance by % fen', new.day, difference using errcode = 'LN002', constraint = 'positions_balance';
  end if;
  with side as (
    select participant, net as amount from position where day = new.day
    union all select payee, -amount from obligation where day = new.day
    union all select payer, amount from obligation where day = new.day
  )
  select participant into odd from side group by participant having sum(amount) <> 0 limit 1;
  if found then
    raise exception 'the obligations of % do not add up to the position of participant %', new.day, odd using errcode = 'LN002', constraint = 'obligations_add_up';
  end if;
  return null;
end $$;
create constraint trigger positions_balance after insert on position deferrable initially deferred
  for each row execute function positions_balance();
create constraint trigger positions_balance after insert on obligation deferrable initially deferred
  for each row execute function positions_balance();

create table account (
  id integer generated always as identity primary key,
  participant smallint not null references participant,
  kind text not null check (kind in ('settlement', 'fees', 'rounding')),
  constraint account_owner unique (participant, kind)
);

create table journal (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  kind text not null,
  reference text not null,
  posted_at timestamptz not null,
  constraint journal_once unique (kind, reference)
);

create table journal_entry (
  -- Gapless: assigned under a lock by clearing/ledger/post-journal.ts, checked by verify.
  sequence integer primary key,
  journal integer not null references journal,
  account integer not null references account,
  -- Positive: the centre owes the account's owner.
  amount bigint not null check (amount <> 0),
  -- SM3 over the previous hash and this entry's canonical text.
  hash bytea not null check (octet_length(hash) = 32)
);
create index journal_entry_journal on journal_entry (journal);

-- The last wall of double entry: at commit every journal touched sums to zero.
create function journal_balances() returns trigger language plpgsql as $$
declare
  difference bigint;
begin
  select coalesce(sum(amount), 0) into difference from journal_entry where journal = new.journal;
  if difference <> 0 then
    raise exception 'journal % is out of balance by % fen', new.journal, difference using errcode = 'LN002', constraint = 'journal_balances';
  end if;
  return null;
end $$;
create constraint trigger journal_balances after insert on journal_entry deferrable initially deferred
  for each row execute function journal_balances();

create table ledger_anchor (
  day date primary key references clearing_day,
  last_sequence integer not null,
  head bytea not null check (octet_length(head) = 32),
  signature bytea not null check (octet_length(signature) = 64),
  signed_at timestamptz not null
);

create table published_file (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  participant smallint not null references participant,
  -- LD, FB, CL, CR, BP, or the readable ones: 'statement' (a page), 'summary' and 'transactions' (CSV)
  kind text not null,
  -- A file's header counts at most 999,999 records, so a large day comes in parts.
  part smallint not null,
  name text not null,
  -- Relative to the published folder.
  stored_as text not null,
  size bigint not null,
  lines integer not null,
  digest bytea not null check (octet_length(digest) = 32),
  -- Detached SM2 over the file's bytes, r‖s; the DER form stands beside the file.
  signature bytea not null check (octet_length(signature) = 64),
  published_at timestamptz not null,
  constraint published_file_once unique (day, participant, kind, part)
);

-- Contiguous numbers per participant: a missing one shows that a statement was lost on its way.
create table statement_number (
  participant smallint not null references participant,
  number integer not null check (number > 0),
  day date not null references clearing_day,
  primary key (participant, number),
  constraint statement_number_day unique (participant, day)
);

-- The LD file that told the sender of a refused file about it; an accepted file is answered on its clearing day.
create table refusal_answer (
  file_id integer primary key references card_file,
  day date not null references clearing_day
);
create index refusal_answer_day on refusal_answer (day);

-- Nothing posted is ever edited: a correction is a new entry.
create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'LN003';
end $$;

do $$
declare
  posted text;
begin
  foreach posted in array array['settlement_total', 'position', 'obligation', 'journal', 'journal_entry', 'ledger_anchor',
    'published_file', 'statement_number', 'refusal_answer'] loop
    perform guard(posted::regclass);
    execute format('create trigger append_only before update or delete on %I for each statement execute function append_only()', posted);
  end loop;
end $$;
select guard('account');
