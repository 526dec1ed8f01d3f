-- The members' side of the file transfer: who may call from where, what they fetched, and where a person of theirs is told that a file is
-- missing.
create table transfer_member (
  participant smallint primary key references participant,
  -- Addresses it calls from: the interface has no password, a closed network and the caller's address are what there is.
  addresses text[] not null check (cardinality(addresses) > 0)
);

-- The receiver has every byte; the first time of each way counts.
create table published_file_receipt (
  file_id integer not null references published_file,
  way text not null check (way in ('transfer', 'portal')),
  received_at timestamptz not null,
  primary key (file_id, way)
);

create table participant_contact (
  participant smallint not null references participant,
  means text not null check (means in ('app', 'sms', 'voice')),
  address text not null,
  primary key (participant, means)
);

-- A chase is told once to every contact of the participant. One of a gap names it; a day is looked over for gaps once, after it was settled.
create table gap_chase (
  day date not null references clearing_day,
  participant smallint not null references participant,
  kind text not null check (kind in ('numbers', 'counters')),
  detail text not null,
  chased_at timestamptz not null,
  primary key (day, participant, kind)
);
create table gap_look (
  day date primary key references clearing_day,
  looked_at timestamptz not null
);
create table chase_message (
  id uuid primary key default gen_random_uuid(),
  day date not null,
  participant smallint not null references participant,
  kind text not null check (kind in ('missing', 'numbers', 'counters')),
  means text not null,
  outcome text check (outcome in ('delivered', 'refused')),
  tried_at timestamptz,
  constraint chase_message_once unique (day, participant, kind, means)
);
create index chase_message_open on chase_message (id) where outcome is null;

alter table file_arrival drop constraint file_arrival_source_check;
alter table file_arrival add constraint file_arrival_source check (source in ('inbox', 'api', 'transfer'));

select guard('gap_chase'), guard('gap_look'), guard('chase_message'), guard('transfer_member'), guard('published_file_receipt'), guard('participant_contact');
