-- Whose files are expected for a clearing day, and by when. Who sent in the week before is expected without being listed here; a row says
-- otherwise, or sets another time.
create table expected_file (
  participant smallint not null references participant,
  valid_from date not null,
  -- Before the cut of the day; null: nothing is expected from then on.
  minutes_before_cut integer check (minutes_before_cut between 0 and 1440),
  primary key (participant, valid_from)
);

-- Who was asked for a file that was missing when it was due: once for each day.
create table chase (
  day date not null references clearing_day,
  participant smallint not null references participant,
  chased_at timestamptz not null,
  primary key (day, participant)
);
select guard('expected_file'), guard('chase');
