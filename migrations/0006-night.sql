-- What the night has to do, so that it can be found again after Redis was wiped: files that came in, work put off, the timetable.
create table file_arrival (
  id integer generated always as identity primary key,
  name text not null,
  -- null: the sender's profile says
  format text,
  source text not null check (source in ('inbox', 'api')),
  -- Relative to the inbox folder, outside the reach of senders.
  stored_as text not null,
  -- null until the bytes have been read once
  digest bytea check (octet_length(digest) = 32),
  size bigint not null,
  signature bytea,
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'refused')),
  file_id integer references card_file,
  -- The refusal's code, when refused before it became a card file.
  code text,
  received_by uuid references sign_in_account,
  received_at timestamptz not null,
  finished_at timestamptz
);
-- A sender may send a name again; not while the first is still waiting.
create unique index file_arrival_waiting on file_arrival (name) where state = 'waiting';

-- Work that failed, and when it is tried again. Work that is not here is simply due.
create table postponed_work (
  work text primary key,
  attempts integer not null,
  reason text not null,
  next_at timestamptz not null
);

-- When a worker is woken apart from its rounds; cron with seconds, Asia/Shanghai. Put into Redis again whenever it is missing there.
create table schedule (
  name text primary key,
  pattern text not null
);
insert into schedule (name, pattern) values ('clearing-cut', '0 0 3 * * *');

select guard('file_arrival');
