-- While a day is bare, autovacuum stays away: it would hold up the keying, and what it did would have to be done again afterwards.
create or replace function open_card_transaction_days(days date[]) returns void language plpgsql as $$
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
    execute format('create table %I (like card_transaction) with (autovacuum_enabled = off)', part);
    -- What the partition will promise; known beforehand, the rows need not be looked at again for it.
    execute format('alter table %I add constraint its_day check (transaction_day >= %L and transaction_day < %L)', part, day, day + 1);
    perform guard(part::regclass);
  end loop;
end $$;

create or replace function attach_card_transaction_day(day date) returns void language plpgsql as $$
declare
  part text := card_transaction_of(day);
begin
  perform pg_advisory_xact_lock(7236002);
  if exists (select from pg_class where oid = part::regclass and not relispartition) then
    execute format('alter table card_transaction attach partition %I for values from (%L) to (%L)', part, day, day + 1);
    execute format('alter table %I drop constraint its_day', part);
    execute format('alter table %I reset (autovacuum_enabled)', part);
  end if;
end $$;
