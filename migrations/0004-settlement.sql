-- What a clearing day comes to: totals by agreement, one position per participant, a journal that balances, a chain that shows edits.
create table settlement_total (
  day date not null references clearing_day,
  acquirer smallint not null references participant,
  issuer smallint not null references participant,
  service smallint not null,
  agreement integer references agreement,
  transactions integer not null,
  amount bigint not null,
  price bigint not null,
  -- Exact, in fen with up to 7 places; rounded only on totals (card.md §2.7).
  fee numeric not null,
  acquirer_fee numeric not null,
  issuer_fee numeric not null,
  primary key (day, acquirer, issuer, service)
);

create table position (
  day date not null references clearing_day,
  participant smallint not null references participant,
  income bigint not null,
  expense bigint not null,
  net bigint generated always as (income - expense) stored,
  primary key (day, participant)
);

create table account (
  id integer generated always as identity primary key,
  participant smallint not null references participant,
  kind text not null check (kind in ('settlement', 'fees')),
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
  -- Gapless: assigned under a lock by post_journal, checked by verify.
  sequence integer primary key,
  journal integer not null references journal,
  account integer not null references account,
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

-- Nothing posted is ever edited: a correction is a new entry.
create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'LN003';
end $$;
create trigger append_only before update or delete on journal_entry for each statement execute function append_only();
create trigger append_only before update or delete on journal for each statement execute function append_only();

create table ledger_anchor (
  day date primary key references clearing_day,
  last_sequence integer not null,
  head bytea not null,
  signature bytea not null,
  signed_at timestamptz not null
);

create table published_file (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  participant smallint not null references participant,
  -- LD, FB, CL, CR, BP, or 'statement' for the readable one
  kind text not null,
  name text not null,
  -- Relative to the published folder.
  stored_as text not null,
  size bigint not null,
  lines integer not null,
  digest bytea not null check (octet_length(digest) = 32),
  signature bytea not null,
  published_at timestamptz not null,
  constraint published_file_once unique (day, participant, kind)
);

-- Contiguous numbers per participant, for the readable statement.
create table statement_number (
  participant smallint not null references participant,
  number integer not null,
  day date not null references clearing_day,
  primary key (participant, number),
  constraint statement_number_day unique (participant, day)
);

select guard('settlement_total'), guard('position'), guard('journal'), guard('journal_entry'), guard('ledger_anchor'), guard('published_file'), guard('statement_number');
