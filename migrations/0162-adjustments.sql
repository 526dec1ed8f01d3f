-- A published day is re-opened for adjustment, never changed: what came late is settled in a run of its own, posted by its own journal,
-- and told to those it touches by statements of its own.
create table adjustment_run (
  id integer generated always as identity primary key,
  -- The value date: rates and agreements are those of this day.
  day date not null references clearing_day,
  number smallint not null check (number > 0),
  reason text not null,
  -- closing: takes nothing more in and waits for files being accepted into it
  state text not null default 'open' check (state in ('open', 'closing', 'settled', 'published')),
  opened_at timestamptz not null,
  -- The posting date.
  settled_at timestamptz,
  published_at timestamptz,
  constraint adjustment_run_once unique (day, number)
);
create unique index adjustment_run_open on adjustment_run (day) where state = 'open';

-- A file belongs to one clearing day or to one adjustment of a day; no other part of the house sees it before.
alter table card_file add column adjustment integer references adjustment_run;
alter table card_file drop constraint card_file_day;
alter table card_file add constraint card_file_day
  check ((state = 'accepted') = (num_nonnulls(clearing_day, adjustment) = 1));
create index card_file_adjustment on card_file (adjustment) where adjustment is not null;

create table adjustment_total (
  run integer not null references adjustment_run,
  acquirer smallint not null references participant,
  issuer smallint not null references participant,
  service smallint not null,
  agreement integer not null references agreement,
  transactions integer not null,
  entries integer not null,
  amount bigint not null,
  price bigint not null,
  fee numeric not null,
  acquirer_fee numeric not null,
  issuer_fee numeric not null,
  primary key (run, acquirer, issuer, service)
);

-- What a participant gets (or owes, when negative) by a run.
create table adjustment_position (
  run integer not null references adjustment_run,
  participant smallint not null references participant,
  net bigint not null,
  primary key (run, participant)
);

create function adjustment_balances() returns trigger language plpgsql as $$
declare
  difference bigint;
begin
  select coalesce(sum(net), 0) into difference from adjustment_position where run = new.run;
  if difference <> 0 then
    raise exception 'adjustment % is out of balance by % fen', new.run, difference using errcode = 'LN002', constraint = 'adjustment_balances';
  end if;
  return null;
end $$;
create constraint trigger adjustment_balances after insert on adjustment_position deferrable initially deferred
  for each row execute function adjustment_balances();

-- 0 is the day's own publication; an adjustment's files and statements carry its number.
alter table statement_number add column adjustment smallint not null default 0;
alter table statement_number drop constraint statement_number_day;
alter table statement_number add constraint statement_number_day unique (participant, day, adjustment);
alter table published_file add column adjustment smallint not null default 0;
alter table published_file drop constraint published_file_once;
alter table published_file add constraint published_file_once unique (day, adjustment, participant, kind, part);

select guard('adjustment_run');
do $$
declare
  posted text;
begin
  foreach posted in array array['adjustment_total', 'adjustment_position'] loop
    perform guard(posted::regclass);
    execute format('create trigger append_only before update or delete on %I for each statement execute function append_only()', posted);
  end loop;
end $$;
