-- Security modules of terminals and mother cards 母卡: what each is, who has it and where, and since when a lost one is not believed.
create table sam (
  -- A PSAM's or ISAM's is the terminal number of its transactions, 12 digits.
  number text primary key check (number ~ '^[0-9A-Z-]{4,20}$'),
  kind text not null check (kind in ('psam', 'isam', 'mother-card')),
  -- keyName() of what is in it; the bytes are nowhere here.
  key_names text[] not null default '{}',
  state text not null default 'in-stock' check (state in ('in-stock', 'in-transit', 'in-service', 'lost', 'destroyed')),
  -- Who answers for it, and where it is: a depot, a vehicle, a safe.
  holder text not null,
  place text not null,
  registered_at timestamptz not null,
  constraint sam_number check (kind = 'mother-card' or number ~ '^[0-9]{12}$')
);

create table sam_event (
  id integer generated always as identity primary key,
  sam text not null references sam,
  at timestamptz not null,
  actor text not null,
  state text not null,
  holder text not null,
  place text not null,
  words text not null default ''
);
create index sam_event_of_sam on sam_event (sam, id);

-- A file that comes after the report and before the end of it is judged by it; what was judged before stays as it was.
create table sam_loss (
  id integer generated always as identity primary key,
  sam text not null references sam,
  lost_since timestamptz not null,
  reported_at timestamptz not null,
  reported_by text not null,
  ended_at timestamptz,
  ended_by text
);
create unique index sam_loss_open on sam_loss (sam) where ended_at is null;
select guard('sam'), guard('sam_event'), guard('sam_loss');
