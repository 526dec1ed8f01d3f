-- Gates that decide by themselves: devices with certificates, what each was last seen to know, the scans they bring back, and the
-- conflicts between those and what the platform had done meanwhile.
select set_config('app.tx', 'migration', true);

-- 一码通行: what kind of door it is.
alter table gate add column passage text not null default 'boarding'
  check (passage in ('security', 'hall', 'boarding', 'transfer', 'deck', 'parking'));

-- The authority that vouches for gates; its key stays in the key store.
create table gate_authority (
  version smallint primary key check (version > 0),
  certificate bytea not null,
  made_at timestamptz not null
);

-- Made by staff, told to whoever sets the device up, good once and for minutes.
create table gate_enrolment_code (
  -- SM3 of the code.
  code_digest bytea primary key check (octet_length(code_digest) = 32),
  gate integer not null references gate,
  made_by text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  device uuid
);

create table gate_device (
  id uuid primary key,
  gate integer not null references gate,
  name text not null check (length(name) between 1 and 64),
  -- SM2, x‖y.
  public_key bytea not null check (octet_length(public_key) = 64),
  certificate bytea not null,
  not_after timestamptz not null,
  enrolled_at timestamptz not null,
  enrolled_by text not null,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text,
  constraint gate_device_key unique (public_key),
  check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoked_reason is null))
);
create index gate_device_of on gate_device (gate);
alter table gate_enrolment_code add foreign key (device) references gate_device;

-- Requests a device has signed, for as long as they would still be within the clock: none is taken twice.
create table gate_nonce (
  device uuid not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (device, nonce)
);
create index gate_nonce_end on gate_nonce (expires_at);

-- What a gate was last seen to know. Overwritten by every sync; the source is a device or the account at a gate page.
create table gate_presence (
  gate integer not null references gate,
  source text not null,
  seen_at timestamptz not null,
  -- The platform's clock less the gate's, and how fast it drifts away.
  clock_offset_ms integer,
  lists_at timestamptz,
  lists_version double precision,
  primary key (gate, source)
) with (fillfactor = 50);

-- How gates behave without a network; for a place, or for all that have none of their own. The latest in force counts.
create table gate_policy (
  id integer generated always as identity primary key,
  place integer references place,
  terms jsonb not null,
  valid_from timestamptz not null,
  published_by text not null,
  note text not null
);
create trigger append_only before update or delete on gate_policy for each statement execute function append_only();
insert into gate_policy (place, terms, valid_from, published_by, note) values
  (null, '{"mixedEarlierMinutes": 0, "mixedLaterMinutes": 0, "documentAlways": false, "listsWarnMinutes": 10,
    "listsAskDocumentMinutes": 1440, "listsRefuseMinutes": 4320, "clockOffSecondsMax": 180}',
    '2020-01-01', 'migration', '本平台选定');

-- Scans that were decided by a gate on its own stand beside those the platform decided.
alter table boarding_check
  add column passage text not null default 'boarding'
    check (passage in ('security', 'hall', 'boarding', 'transfer', 'deck', 'parking')),
  -- When an offline scan reached us; null when we decided ourselves.
  add column received_at timestamptz,
  -- Why an opened gate does not count as the use of the ticket; '' when it does.
  add column conflict text not null default '';
drop index boarding_check_once;
-- A ticket is used once, until that is undone.
create unique index boarding_check_once on boarding_check (ticket_no)
  where result = 'OPEN' and undone_at is null and conflict = '' and passage in ('boarding', 'deck');
-- The history of a ticket.
create index boarding_check_ticket on boarding_check (ticket_no, checked_at) where ticket_no is not null;

-- One device's record since its storage was made. Uploads of one log wait for each other on its row.
create table gate_log (
  id uuid primary key,
  gate integer not null references gate,
  source text not null,
  begun_at timestamptz not null,
  -- Everything up to here has arrived.
  acknowledged integer not null default 0
);

create table gate_scan (
  log uuid not null references gate_log,
  sequence integer not null check (sequence > 0),
  nonce uuid not null,
  "check" integer not null references boarding_check,
  outcome text not null check (outcome in ('accepted', 'recorded', 'conflict')),
  conflict text check ((conflict is null) = (outcome <> 'conflict')),
  -- The gate's own clock, and what it knew of ours.
  claimed_at timestamptz not null,
  clock_offset_ms integer not null,
  lists_age_seconds integer not null,
  primary key (log, sequence, nonce)
);
create index gate_scan_check on gate_scan ("check");
create index gate_scan_nonce on gate_scan (nonce);
create trigger append_only before update or delete on gate_scan for each statement execute function append_only();

create table gate_conflict (
  id integer generated always as identity primary key,
  kind text not null,
  "check" integer not null references boarding_check,
  -- Of a double use: the check that counts.
  against integer references boarding_check,
  ticket_no text references coupon (ticket_no),
  place integer not null references place,
  recorded_at timestamptz not null,
  -- What a passenger owes for it by the rules: the fare of a way travelled without a ticket, or a refund given for one travelled.
  owed bigint not null default 0 check (owed >= 0),
  resolution text check (resolution in ('collected', 'waived', 'same-passenger', 'gate-fault', 'passenger-absent')),
  note text,
  resolved_at timestamptz,
  resolved_by text,
  constraint gate_conflict_once unique ("check", kind),
  check ((resolution is null) = (resolved_at is null) and (resolution is null) = (resolved_by is null))
);
create index gate_conflict_open on gate_conflict (place, id) where resolution is null;

select guard('gate_authority'), guard('gate_enrolment_code'), guard('gate_device'), guard('gate_policy'), guard('gate_log'),
  guard('gate_scan'), guard('gate_conflict');
