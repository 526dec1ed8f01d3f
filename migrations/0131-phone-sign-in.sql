-- Passengers sign in by phone and a code that was sent to it: an account that answers to a number needs no password. The number itself is
-- kept sealed as before; a keyed digest finds the account again.
alter table sign_in_account
  alter column password_digest drop not null,
  add column phone_digest bytea check (octet_length(phone_digest) = 32),
  add constraint sign_in_account_key check (password_digest is not null or phone_digest is not null),
  add constraint sign_in_account_phone_of_passenger check (role = 'passenger' or phone_digest is null);
create unique index sign_in_account_phone on sign_in_account (phone_digest) where phone_digest is not null;

-- The code a number was sent last, how often one was sent in its day, and how often it was answered wrongly. Never the code itself.
create table phone_code (
  phone_digest bytea primary key check (octet_length(phone_digest) = 32),
  -- Null when it was used, or answered wrongly too often.
  code_digest bytea check (octet_length(code_digest) = 32),
  sent_at timestamptz not null,
  day_began timestamptz not null,
  sent_in_day smallint not null,
  wrong smallint not null default 0,
  locked_until timestamptz
);
create index phone_code_old on phone_code (sent_at);
select guard('phone_code');

-- The simulated provider of text messages is an outside party: nothing of ours writes here except through its port.
create table simulated_sms (
  key uuid primary key,
  phone text not null,
  text text not null,
  at timestamptz not null
);
create index simulated_sms_phone on simulated_sms (phone, at desc);
