-- A day that has just been keyed is looked at by the planner before it is summed: without statistics it takes a day's rows for few and
-- sums them in one process. Otherwise as in 0081.
create or replace function attach_card_transaction_day(day date) returns void language plpgsql as $$
declare
  part text := card_transaction_of(day);
begin
  perform pg_advisory_xact_lock(7236002);
  if exists (select from pg_class where oid = part::regclass and not relispartition) then
    execute format('analyze %I (file_id, acquirer, issuer, service, kind, passage)', part);
    execute format('alter table card_transaction attach partition %I for values from (%L) to (%L)', part, day, day + 1);
    execute format('alter table %I drop constraint its_day', part);
    execute format('alter table %I reset (autovacuum_enabled)', part);
  end if;
end $$;
