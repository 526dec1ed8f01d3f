-- The last wall of double entry, at every statement in place of every row: the legs of a journal come in one statement, and it must leave
-- every journal it touches in balance. As strict as at commit, and one look for thousands of entries.
drop trigger journal_balances on journal_entry;
drop function journal_balances();

create function journal_balances() returns trigger language plpgsql as $$
declare
  odd record;
begin
  select entry.journal, sum(entry.amount) as difference into odd
  from journal_entry as entry where entry.journal in (select journal from added)
  group by entry.journal having sum(entry.amount) <> 0 limit 1;
  if found then
    raise exception 'journal % is out of balance by % fen', odd.journal, odd.difference using errcode = 'LN002', constraint = 'journal_balances';
  end if;
  return null;
end $$;
create trigger journal_balances after insert on journal_entry referencing new table as added
  for each statement execute function journal_balances();
