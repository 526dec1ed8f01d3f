-- Card files and what became of every line of them. Rows are narrow and all-integer: the database is the limit of ingestion.
create table clearing_day (
  day date primary key,
  state text not null default 'open' check (state in ('open', 'closed', 'settled', 'published')),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  settled_at timestamptz,
  published_at timestamptz
);

create table card_file (
  id integer generated always as identity primary key,
  name text not null,
  format text not null,
  sender smallint references participant,
  digest bytea not null check (octet_length(digest) = 32),
  size bigint not null,
  -- Where the bytes are kept, relative to the archive folder.
  stored_as text not null,
  signature bytea,
  signature_state text not null default 'absent' check (signature_state in ('absent', 'valid', 'invalid')),
  state text not null check (state in ('loading', 'accepted', 'refused')),
  -- File-level code of card.md §2.12, 000000 when accepted.
  code text not null default '000000',
  detail text not null default '',
  line_count integer not null default 0,
  accepted_count integer not null default 0,
  rejected_count integer not null default 0,
  amount bigint not null default 0,
  received_at timestamptz not null default now(),
  accepted_at timestamptz,
  -- Decided in the transaction that accepts the file; settlement sees a file's rows by it alone.
  clearing_day date references clearing_day,
  constraint card_file_day check ((state = 'accepted') = (clearing_day is not null))
);
-- One live file per name; a refused attempt is kept beside it.
create unique index card_file_name on card_file (name) where state <> 'refused';
create index card_file_of_day on card_file (clearing_day);

-- A chunk is written together with its rows: after a crash the missing chunks are loaded, the others are not touched.
create table card_file_chunk (
  file_id integer not null references card_file,
  chunk integer not null,
  byte_from bigint not null,
  byte_to bigint not null,
  lines integer not null,
  accepted integer not null,
  rejected integer not null,
  amount bigint not null,
  primary key (file_id, chunk)
);

-- The widest columns first: PostgreSQL aligns each to its own width, and the padding of any other order is an eighth of the row.
create table card_transaction (
  card_number bigint not null,
  terminal_number bigint not null,
  occurred_at timestamptz not null,
  transaction_day date not null,
  -- 卡片脱机交易序列号; an adapter without it derives one that is unique for the card and day.
  card_sequence integer not null,
  -- 终端交易序号, u32 as a signed 32-bit integer; null where the source has none.
  terminal_sequence integer,
  amount integer not null,
  -- 应收金额, before discount.
  price integer not null,
  balance_before integer,
  tac integer,
  file_id integer not null,
  line_number integer not null,
  issuer smallint not null,
  acquirer smallint not null,
  -- key version << 8 | key index
  key smallint,
  -- 1 bus, 2 metro, 3 bicycle, 4 taxi, 5 tram, 6 ferry, 8 parking, 0 other (card.md §1.5, §2.10)
  service smallint not null,
  -- 6 simple purchase, 9 compound purchase
  kind smallint not null,
  -- 0 single, 1 entry (never money), 2 exit
  passage smallint not null,
  -- 优惠类型
  discount smallint not null default 0,
  -- 3 = 3DES, 4 = SM4, 0 = no TAC to prove
  algorithm smallint not null
) partition by range (transaction_day);

-- The two natural keys of a transaction (card.md §2.12 point 3). They decide duplicates; nothing else does. The day, which is one
-- and the same throughout a partition, comes last: a comparison ends before it, and an entry is 16 bytes instead of 24.
create unique index card_transaction_card on card_transaction (card_number, card_sequence, transaction_day);
create unique index card_transaction_terminal on card_transaction (terminal_number, terminal_sequence, transaction_day);
create index card_transaction_file on card_transaction using brin (file_id) with (pages_per_range = 32, autosummarize = on);
select guard('card_transaction');

create table card_reject (
  file_id integer not null references card_file,
  line_number integer not null,
  byte_offset bigint not null,
  -- Record-level code of card.md §2.12.
  code text not null,
  detail text not null default '',
  raw bytea not null,
  primary key (file_id, line_number)
);
create index card_reject_code on card_reject (code);

select guard('card_file'), guard('card_file_chunk'), guard('card_reject'), guard('clearing_day');

-- Partitions are by transaction day, so that a late duplicate meets its original. Made when a day is first seen, and attached:
-- unlike `create table … partition of`, that does not wait for those who are writing other days.
create function ensure_card_transaction_day(day date) returns void language plpgsql as $$
declare
  part text := 'card_transaction_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(part) is null then
    perform pg_advisory_xact_lock(7236002);
    -- Asked of the catalogue itself: to_regclass would repeat what this session remembers from before it waited.
    if not exists (select from pg_class where relname = part and relnamespace = current_schema()::regnamespace) then
      execute format('create table %I (like card_transaction)', part);
      execute format('alter table card_transaction attach partition %I for values from (%L) to (%L)', part, day, day + 1);
    end if;
  end if;
end $$;
