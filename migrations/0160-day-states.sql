-- A day that is being closed takes no more files and waits for those that were being accepted into it; a published day can be
-- disputed, and is adjusted by new statements, never by changing the published ones.
alter table clearing_day drop constraint clearing_day_state_check;
alter table clearing_day add constraint clearing_day_state_check
  check (state in ('open', 'closing', 'closed', 'settled', 'published', 'disputed', 'adjusting'));
