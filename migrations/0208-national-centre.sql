-- Levels: we are the regional centre. Parties of other provinces are reached through the national centre, with whom alone we settle for
-- them; what was sent to it, what it answered, and where the two differ.
alter table participant drop constraint participant_role, drop constraint participant_code_shape;
alter table participant
  add constraint participant_role check (role in
    ('issuer', 'acquirer', 'clearing-centre', 'national-centre', 'carrier', 'station', 'channel', 'platform', 'agent')),
  add constraint participant_code_shape check (
    case when role in ('issuer', 'acquirer', 'clearing-centre', 'national-centre') then code ~ '^[0-9]{8}$' and city_code ~ '^[0-9]{4}$'
    else code ~ ('^' || role || '-[0-9A-Z]+$') end),
  -- Who holds this party's account with us; null: it settles with us itself.
  add column settles_through smallint references participant,
  add constraint participant_not_through_itself check (settles_through <> id);

-- The cities whose cards and terminals work together (城市名单), as of a day. Only the upper level changes it.
create table interoperable_city (
  city_code text not null check (city_code ~ '^[0-9]{4}$'),
  name text not null,
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  sample boolean not null default false,
  primary key (city_code, valid_from)
);

-- One clearing day's cross-province transactions, as one file to the national centre.
create table forwarding (
  id integer generated always as identity primary key,
  day date not null references clearing_day,
  name text not null,
  digest bytea not null check (octet_length(digest) = 32),
  stored_as text not null,
  lines integer not null check (lines > 0),
  amount bigint not null,
  made_at timestamptz not null,
  sent_at timestamptz,
  -- Of the whole file, from its LD.
  answer_code text,
  answered_at timestamptz,
  constraint forwarding_day unique (day),
  constraint forwarding_name unique (name)
);

-- What we sent and what came back, line by line. A line's key is the card's own: number, counter and time.
create table forwarded_line (
  forwarding integer not null references forwarding,
  card_number bigint not null,
  card_sequence integer not null,
  occurred_at timestamptz not null,
  file_id integer not null,
  line_number integer not null,
  amount integer not null,
  -- What we reckon the national side keeps of it, by the agreement of the day.
  expected_keep numeric not null,
  code text,
  -- What it says it keeps.
  stated_keep numeric,
  answered_by integer,
  primary key (card_number, card_sequence, occurred_at)
);
create index forwarded_line_forwarding on forwarded_line (forwarding);

-- A result of the national centre: taken once by its name.
create table national_result (
  id integer generated always as identity primary key,
  name text not null,
  kind text not null check (kind in ('LD', 'FB', 'CL', 'CR', 'BP', 'BN', 'DC')),
  digest bytea not null check (octet_length(digest) = 32),
  stored_as text not null,
  -- The national centre's own clearing day; lists have none.
  day date,
  lines integer not null,
  -- Of FB and CL the fares of their good lines.
  amount bigint not null default 0,
  -- Of FB and CL what its lines come to for us; of BP its net. Positive: it owes us.
  net numeric,
  -- The card file a CL went in as.
  file_id integer references card_file,
  received_at timestamptz not null,
  constraint national_result_name unique (name)
);

-- Where what we hold and what they say are not one. Chased until it is settled; never forgotten.
create table national_difference (
  id integer generated always as identity primary key,
  kind text not null check (kind in
    ('file-refused', 'line-rejected', 'unanswered', 'unknown-line', 'keep-differs', 'sums-differ', 'their-line-rejected')),
  -- What tells it from every other of its kind: a second look finds the same difference again.
  reference text not null,
  amount bigint not null default 0,
  detail text not null default '',
  found_at timestamptz not null,
  chased_at timestamptz,
  chases integer not null default 0,
  settled_at timestamptz,
  settled_by text,
  dispute integer references dispute,
  constraint national_difference_once unique (kind, reference)
);
create index national_difference_open on national_difference (found_at) where settled_at is null;

-- When it was asked last; one row.
create table national_exchange (
  one boolean primary key default true check (one),
  asked_at timestamptz not null
);

select guard('forwarding'), guard('forwarded_line'), guard('national_result'), guard('national_difference'), guard('interoperable_city');
