-- Credentials of their own: the issuer's keys with their lives, what was signed with which, phones that prove themselves by a key, and
-- an ending of all credentials of a ticket that leaves the ticket as it is.
select set_config('app.tx', 'migration', true);

-- The keys that sign tickets; the private halves stay in the key store. Two are accepted at a time.
create table issuer_key (
  version smallint primary key check (version between 1 and 255),
  -- SM2, x‖y.
  public_key bytea not null check (octet_length(public_key) = 64),
  made_at timestamptz not null,
  made_by text not null,
  -- Until when its signatures are accepted; null for the one that signs now.
  accepted_until timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  check ((revoked_at is null) = (revoked_by is null))
);
create unique index issuer_key_signing on issuer_key ((true)) where accepted_until is null and revoked_at is null;

-- What was signed is derived from the ticket and signed again when next asked for: the layout of the codes has changed.
drop table credential;
create table credential (
  ticket_no text not null references coupon (ticket_no),
  -- 'phone' carries a code of the moment, 'device' the phone's own signature; 'slip' is printed and boards only with the document.
  form text not null check (form in ('slip', 'phone', 'device')),
  -- 0 as sold; each ending of the ticket's credentials counts one on.
  edition smallint not null check (edition between 0 and 127),
  issuer_key smallint not null references issuer_key,
  -- SM2, compressed: the phone's.
  device_key bytea check (octet_length(device_key) = 33),
  -- The claims and the issuer's signature over them (services/boarding/credentials/ticket-code.ts).
  body bytea not null check (octet_length(body) <= 180),
  issued_at timestamptz not null,
  check ((form = 'device') = (device_key is not null)),
  constraint credential_once unique nulls not distinct (ticket_no, form, edition, issuer_key, device_key)
);

-- A re-issue is one way of ending what was issued before; a passenger or clerk may also end it because a phone or slip is gone.
alter table credential_reissue
  drop constraint credential_reissue_reason_check,
  add constraint credential_reissue_reason_check check (reason in ('lost', 'stolen', 'unreadable', 'phone-lost', 'shared', 'fraud'));

select guard('issuer_key'), guard('credential');
