-- Acceptance (消费受理): what terminals must know, as numbered packages, and which terminal has said that it knows which.
create table card_terminal (
  -- The PSAM's number, 12 digits.
  number bigint primary key,
  acquirer smallint not null references participant,
  place text not null,
  registered_at timestamptz not null,
  ended_at timestamptz
);

create table acceptance_package (
  kind text not null check (kind in ('hotlist', 'hotlist-filter', 'cities', 'prices', 'parameters', 'keys')),
  version integer not null check (version > 0),
  made_at timestamptz not null,
  made_by text not null,
  -- Entries, cities, price lines: what the package counts.
  entries integer not null,
  content bytea not null,
  digest bytea not null check (octet_length(digest) = 32),
  -- SM2, r‖s, over the content.
  signature bytea not null check (octet_length(signature) = 64),
  -- By when every terminal must know it: 30 days for a city that joined, 7 for one that left (交办运〔2018〕17号); null: at once.
  due_at timestamptz,
  primary key (kind, version)
);

create table package_acknowledgement (
  terminal bigint not null references card_terminal,
  kind text not null,
  version integer not null,
  acknowledged_at timestamptz not null,
  primary key (terminal, kind, version),
  foreign key (kind, version) references acceptance_package
);
select guard('card_terminal'), guard('acceptance_package'), guard('package_acknowledgement');
