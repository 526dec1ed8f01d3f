-- Disputes about single transactions (差错): raised by one party (ED), answered by the other (CM), prepared by one person of the centre and
-- approved by another, booked as a reversal and an adjusted row of an adjustment of the day (AD). Deadlines and codes are local policy.
create table dispute_terms (
  valid_from date primary key,
  -- Counted from the day's publication, and from the raising.
  raise_days integer not null check (raise_days > 0),
  answer_days integer not null check (answer_days > 0),
  -- What no answer in time means.
  silence text not null check (silence in ('agreed', 'declined')),
  -- 差错费 of the adjusted amount, paid by the party the adjustment goes against.
  fee_rate numeric(6, 5) not null check (fee_rate >= 0 and fee_rate < 1)
);
insert into dispute_terms values ('2018-01-01', 30, 10, 'agreed', 0.01);

create table dispute (
  id integer generated always as identity primary key,
  kind text not null,
  -- 原因码, four digits
  reason text not null check (reason ~ '^[0-9]{4}$'),
  file_id integer not null references card_file,
  line_number integer not null,
  -- The value date, and the transaction's serial in that day's results.
  day date not null references clearing_day,
  serial integer not null,
  acquirer smallint not null references participant,
  issuer smallint not null references participant,
  service smallint not null,
  agreement integer not null references agreement,
  -- What the transaction stands at before and after.
  amount integer not null,
  adjusted_amount integer not null check (adjusted_amount >= 0),
  raised_by smallint not null references participant,
  answered_by smallint not null references participant,
  -- answered: of a kind without money, agreed to
  state text not null default 'raised' check (state in ('raised', 'agreed', 'declined', 'proposed', 'booked', 'answered')),
  -- Decided by silence, not by an answer.
  lapsed boolean not null default false,
  raised_at timestamptz not null,
  answer_due timestamptz not null,
  answered_at timestamptz,
  maker text,
  checker text,
  run integer references adjustment_run,
  constraint dispute_two_persons check (checker is null or checker <> maker),
  constraint dispute_booked check ((state = 'booked') = (run is not null))
);
-- One at a time (020025).
create unique index dispute_under_way on dispute (file_id, line_number) where state in ('raised', 'agreed', 'proposed');
create index dispute_day on dispute (day);
create index dispute_due on dispute (answer_due) where state = 'raised';

-- What happened to it, for the evidence; never edited.
create table dispute_event (
  dispute integer not null references dispute,
  at timestamptz not null,
  event text not null,
  -- Participant code, or the name of a person of the centre.
  by text not null,
  detail text not null default '',
  number integer generated always as identity primary key
);

-- The clearing day whose results told a party of it: ED the party that must answer, CM the party that raised it.
create table dispute_notice (
  dispute integer not null references dispute,
  kind text not null check (kind in ('ED', 'CM')),
  participant smallint not null references participant,
  day date not null references clearing_day,
  primary key (dispute, kind)
);
create index dispute_notice_day on dispute_notice (day);

-- What a run corrects, two rows for each dispute: the transaction taken back, and as it should have been.
create table adjustment_line (
  run integer not null references adjustment_run,
  dispute integer not null references dispute,
  line text not null check (line in ('reversal', 'adjusted')),
  amount bigint not null,
  fee numeric not null,
  acquirer_fee numeric not null,
  issuer_fee numeric not null,
  dispute_fee numeric not null,
  primary key (dispute, line)
);
create index adjustment_line_run on adjustment_line (run);

select guard('dispute'), guard('dispute_terms');
do $$
declare
  posted text;
begin
  foreach posted in array array['dispute_event', 'dispute_notice', 'adjustment_line'] loop
    perform guard(posted::regclass);
    execute format('create trigger append_only before update or delete on %I for each statement execute function append_only()', posted);
  end loop;
end $$;
