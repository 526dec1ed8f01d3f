-- Who clears with us, which cards are whose, and at what rates, as of a day.
create table participant (
  id smallint generated always as identity primary key,
  code text not null check (code ~ '^[0-9]{8}$'),
  name text not null,
  role text not null check (role in ('issuer', 'acquirer', 'clearing-centre')),
  -- Issuer and acquirer of one company share it: on-us is decided by it.
  company text not null,
  city_code text not null check (city_code ~ '^[0-9]{4}$'),
  state text not null default 'active' check (state in ('active', 'suspended')),
  -- What this sender's files look like and must prove (clearing/ingestion/file-profiles.ts).
  file_profile text not null default 'cttic',
  -- SM2 public key (x‖y, 64 bytes) for detached file signatures; null when the participant does not sign.
  public_key bytea check (octet_length(public_key) = 64),
  sample boolean not null default false,
  constraint participant_code unique (code)
);

create table bin (
  bin text not null check (bin ~ '^[0-9]{6,10}$'),
  issuer smallint not null references participant,
  valid_from date not null,
  valid_to date,
  primary key (bin, valid_from)
);

-- Fee agreement: the most specific row valid on the clearing day wins; null means any (card.md §2.10).
create table agreement (
  id integer generated always as identity primary key,
  service smallint,
  acquirer smallint references participant,
  issuer smallint references participant,
  charge_rate numeric(6, 5) not null check (charge_rate >= 0 and charge_rate < 1),
  acquirer_share numeric(3, 2) not null check (acquirer_share >= 0),
  issuer_share numeric(3, 2) not null check (issuer_share >= 0),
  valid_from date not null,
  valid_to date,
  sample boolean not null default false,
  check (acquirer_share + issuer_share <= 1)
);

create table hotlist_entry (
  card_number bigint primary key,
  issuer smallint not null references participant,
  listed_at timestamptz not null,
  removed_at timestamptz
);
