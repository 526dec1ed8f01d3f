-- A day begins bare: its partition stands beside card_transaction, without keys. Rows go in at several times the speed, and once a
-- file is all there, the day is keyed: both keys are made in one go, and the partition becomes part of card_transaction for good.
-- Nobody sees a bare day: a file is accepted only when card_transaction holds all its rows, and there the keys hold.

-- Which lines a chunk holds, so that it can be unloaded; null for chunks from before bare days.
alter table card_file_chunk add column first_line integer;

-- Lines of bare days that may repeat another line or whose TAC is wrong. They wait until their day has keys, which decide about them;
-- a chunk with such lines has fewer accepted and rejected ones than lines.
create table card_doubt (
  like card_transaction,
  chunk integer not null,
  byte_offset bigint not null,
  byte_length integer not null,
  -- What the check of the TAC said (verifyTacs): 0 = right.
  verdict smallint not null,
  primary key (file_id, line_number)
);
select guard('card_doubt');

drop function ensure_card_transaction_day(date);

create function card_transaction_of(day date) returns text language sql immutable as $$
  select 'card_transaction_' || to_char(day, 'YYYYMMDD')
$$;

-- Makes the days bare that are seen for the first time. A day that exists, bare or keyed, stays as it is.
create function open_card_transaction_days(days date[]) returns void language plpgsql as $$
declare
  day date;
  part text;
begin
  foreach day in array days loop
    part := card_transaction_of(day);
    continue when to_regclass(part) is not null;
    perform pg_advisory_xact_lock(7236002);
    -- Asked of the catalogue itself: to_regclass would repeat what this session remembers from before it waited.
    continue when exists (select from pg_class where relname = part and relnamespace = current_schema()::regnamespace);
    execute format('create table %I (like card_transaction)', part);
    -- What the partition will promise; known beforehand, the rows need not be looked at again for it.
    execute format('alter table %I add constraint its_day check (transaction_day >= %L and transaction_day < %L)', part, day, day + 1);
    perform guard(part::regclass);
  end loop;
end $$;

-- Answers which of the days are bare, and keeps all of them as they are until the end of the transaction.
create function hold_card_transaction_days(days date[]) returns setof date language plpgsql as $$
declare
  day date;
begin
  for day in select held from unnest(days) as held order by held loop
    execute format('lock table %I in row exclusive mode', card_transaction_of(day));
    if exists (select from pg_class where oid = card_transaction_of(day)::regclass and not relispartition) then
      return next day;
    end if;
  end loop;
end $$;

-- Makes one key of a bare day; twice changes nothing. The two can be made at once, each on its own connection.
-- Fails with unique_violation when two lines have the same key: see unload_card_transaction_repeats.
create function key_card_transaction_day(day date, number text) returns void language plpgsql as $$
declare
  part text := card_transaction_of(day);
begin
  perform pg_advisory_xact_lock(7236004, hashtext(part || number));
  execute format('create unique index if not exists %I on %I (%I, %I, transaction_day)',
    part || '_' || number, part, number || '_number', number || '_sequence');
end $$;

-- Makes a day with both keys part of card_transaction; twice changes nothing.
create function attach_card_transaction_day(day date) returns void language plpgsql as $$
declare
  part text := card_transaction_of(day);
begin
  perform pg_advisory_xact_lock(7236002);
  if exists (select from pg_class where oid = part::regclass and not relispartition) then
    execute format('alter table card_transaction attach partition %I for values from (%L) to (%L)', part, day, day + 1);
    execute format('alter table %I drop constraint its_day', part);
  end if;
end $$;

-- Two files that were loaded into one bare day at the same time may hold the same transaction. The later file's chunks with such
-- lines are taken out again, whole, as if they had never been loaded, and the day is keyed before anybody can write to it again.
-- Their loader finds them missing and loads them by the keys.
create function unload_card_transaction_repeats(day date) returns void language plpgsql as $$
declare
  part text := card_transaction_of(day);
  victim record;
  other text;
begin
  perform pg_advisory_xact_lock(7236002);
  execute format('lock table %I in share row exclusive mode', part);
  if exists (select from pg_class where oid = part::regclass and relispartition) then return; end if;
  for victim in execute format(
    'select distinct chunk.file_id, chunk.chunk, chunk.first_line, chunk.first_line + chunk.lines as line_to
     from (
       select file_id, line_number,
         row_number() over (partition by card_number, card_sequence order by file_id, line_number) > 1 as by_card,
         terminal_sequence is not null
           and row_number() over (partition by terminal_number, terminal_sequence order by file_id, line_number) > 1 as by_terminal
       from %I
     ) as line
     join card_file_chunk as chunk on chunk.file_id = line.file_id
       and line.line_number >= chunk.first_line and line.line_number < chunk.first_line + chunk.lines
     where by_card or by_terminal', part)
  loop
    for other in
      select relname from pg_class
      where relnamespace = current_schema()::regnamespace and relname ~ '^card_transaction_\d{8}$' and not relispartition
      union all select 'card_transaction'
      union all select 'card_doubt'
      union all select 'card_reject'
    loop
      execute format('delete from %I where file_id = $1 and line_number >= $2 and line_number < $3', other)
        using victim.file_id, victim.first_line, victim.line_to;
    end loop;
    delete from card_file_chunk where file_id = victim.file_id and chunk = victim.chunk;
  end loop;
  perform key_card_transaction_day(day, 'card'), key_card_transaction_day(day, 'terminal');
  perform attach_card_transaction_day(day);
end $$;
