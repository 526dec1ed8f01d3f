-- The wall behind every unit of work: tables that carry the trigger refuse writes outside clearing/database.ts `transaction()`.
-- postgres.js can run the rest of a transaction outside it when its backend dies; such a statement finds no app.tx and fails.
create function require_transaction() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('app.tx', true), '') = '' then
    raise exception 'a write to % outside a unit of work', tg_table_name using errcode = 'LN001';
  end if;
  return null;
end $$;

-- Call once per table: select guard('card_file').
create function guard(guarded regclass) returns void language plpgsql as $$
begin
  execute format('create trigger in_transaction before insert or update or delete on %s for each statement execute function require_transaction()', guarded);
end $$;

-- Progress of long work, read by the desk, the API and the command line.
create table progress (
  work text primary key,
  stage text not null,
  done bigint not null default 0,
  total bigint not null default 0,
  detail text not null default '',
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
