-- Who may sign in, with what, and what became of every attempt. Tokens and passwords are never kept, only their digests.
create table sign_in_account (
  id uuid primary key,
  name text not null check (length(name) between 2 and 64),
  role text not null check (role in ('passenger', 'clerk', 'gate', 'operator')),
  -- scrypt$N$r$p$salt$key
  password_digest text not null,
  -- RFC 6238 secret, sealed by the key store with the account id as associated data; staff cannot exist without one.
  one_time_secret bytea,
  -- The last time step whose code was taken, so that a code overheard cannot be used again.
  one_time_step integer not null default 0,
  -- Sealed by the key store with the account id as associated data.
  phone bytea,
  failures smallint not null default 0,
  locked_until timestamptz,
  sample boolean not null default false,
  created_at timestamptz not null,
  constraint sign_in_account_second_factor check (role = 'passenger' or one_time_secret is not null)
);
create unique index sign_in_account_name on sign_in_account (lower(name));

create table sign_in_session (
  -- SM3 of the bearer token.
  token_digest bytea primary key check (octet_length(token_digest) = 32),
  account uuid not null references sign_in_account,
  opened_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index sign_in_session_account on sign_in_session (account);
create index sign_in_session_end on sign_in_session (expires_at);

-- 审计: kept a year (ticketing.md §9), never edited. The name tried is not kept: people type passwords into that field.
create table sign_in_audit (
  id integer generated always as identity primary key,
  at timestamptz not null,
  account uuid references sign_in_account,
  event text not null check (event in
    ('registered', 'signed-in', 'signed-out', 'unknown-name', 'wrong-password', 'wrong-code', 'locked', 'refused-while-locked')),
  address inet not null
);
create index sign_in_audit_account on sign_in_audit (account, at);
create trigger append_only before update or delete on sign_in_audit for each statement execute function append_only();

select guard('sign_in_account'), guard('sign_in_audit');
