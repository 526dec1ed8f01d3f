-- A participant's own portal: its people's accounts, and a role of the database that sees the rows of one participant alone. Which one, is
-- sealed for the transaction with a secret the role cannot read, so that a forged query cannot name another.
create table participant_account (
  account uuid primary key references sign_in_account,
  participant smallint not null references participant
);

create table portal_secret (
  one boolean primary key default true check (one),
  secret text not null
);
insert into portal_secret (secret) values (gen_random_uuid()::text || gen_random_uuid()::text);

do $$ begin
  if not exists (select from pg_roles where rolname = 'lingnan_participant') then
    create role lingnan_participant nologin nobypassrls noinherit;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
grant lingnan_participant to current_user;
grant usage on schema public to lingnan_participant;

create function portal_seal(participant text) returns text language sql stable as $$
  select encode(sha256(convert_to(secret || participant || pg_backend_pid() || transaction_timestamp(), 'UTF8')), 'hex') from portal_secret
$$;

-- For this transaction alone; `set local role lingnan_participant` comes after it.
create function enter_portal(participant smallint) returns void language sql as $$
  select set_config('app.participant', participant::text, true), set_config('app.participant_seal', portal_seal(participant::text), true)
$$;

-- Whose portal this is; null when nobody entered one, or when somebody put another name there.
create function portal_participant() returns smallint language sql stable security definer
set search_path = public, pg_temp as $$
  select case when current_setting('app.participant_seal', true) = portal_seal(current_setting('app.participant', true))
    then current_setting('app.participant', true)::smallint end
$$;
revoke all on function portal_seal(text), enter_portal(smallint) from public;
grant execute on function portal_participant() to lingnan_participant;

-- No name, code or role of a participant is a secret; its key, its state and its accounts are not shown.
grant select (id, code, name, role) on participant to lingnan_participant;
grant select on clearing_day to lingnan_participant;

do $$
declare
  policy record;
begin
  for policy in select * from (values
    ('card_transaction', '(select portal_participant()) in (acquirer, issuer)'),
    ('card_file', 'sender = (select portal_participant()) or exists (
      select from card_transaction as line where line.file_id = card_file.id and (select portal_participant()) in (line.acquirer, line.issuer))'),
    -- A line that was refused belongs to its sender alone: what it says of an issuer may be wrong.
    ('card_reject', 'exists (select from card_file as file where file.id = card_reject.file_id and file.sender = (select portal_participant()))'),
    ('position', 'participant = (select portal_participant())'),
    ('obligation', '(select portal_participant()) in (payer, payee)'),
    ('settlement_total', '(select portal_participant()) in (acquirer, issuer)'),
    ('adjustment_position', 'participant = (select portal_participant())'),
    ('adjustment_run', 'exists (select from adjustment_position as own where own.run = adjustment_run.id)'),
    ('statement_number', 'participant = (select portal_participant())'),
    ('published_file', 'participant = (select portal_participant())'),
    ('published_file_receipt', 'exists (select from published_file as file where file.id = published_file_receipt.file_id)'),
    ('dispute', '(select portal_participant()) in (acquirer, issuer)'),
    ('dispute_event', 'exists (select from dispute as own where own.id = dispute_event.dispute)'),
    ('chase', 'participant = (select portal_participant())'),
    ('gap_chase', 'participant = (select portal_participant())')
  ) as wanted (of, using_rule) loop
    execute format('alter table %I enable row level security', policy.of);
    execute format('create policy own_rows on %I for select to lingnan_participant using (%s)', policy.of, policy.using_rule);
    execute format('grant select on %I to lingnan_participant', policy.of);
  end loop;
end $$;

select guard('participant_account');
