-- The evidence log of tickets: every ticket event, in one order nobody chooses, as the leaves of a Merkle tree over SM3 (card-crypto/merkle.ts),
-- with signed heads. Whoever keeps a head can be shown that an event is under it, and that later heads only added to it.

create table ticket_log_leaf (
  position integer primary key check (position >= 0),
  event integer not null references ticket_event,
  -- Without it, a neighbour's hash in a proof could be guessed back to a ticket and its moment.
  salt bytea not null check (length(salt) = 16),
  constraint ticket_log_once unique (event)
);
create trigger append_only before update or delete on ticket_log_leaf for each statement execute function append_only();

create table ticket_log_tile (
  level smallint not null check (level >= 0),
  index integer not null check (index >= 0),
  hashes bytea not null check (length(hashes) between 32 and 256 * 32 and length(hashes) % 32 = 0),
  primary key (level, index)
);
-- Hashes do not compress.
alter table ticket_log_tile alter column hashes set storage external;

create function tile_only_grows() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or substring(new.hashes for length(old.hashes)) <> old.hashes
    or (new.level, new.index) <> (old.level, old.index) then
    raise exception 'a tile of the ticket log only grows' using constraint = 'ticket_log_tile_only_grows';
  end if;
  return new;
end $$;
create trigger only_grows before update or delete on ticket_log_tile for each row execute function tile_only_grows();

create table ticket_log_head (
  id integer generated always as identity primary key,
  -- The calendar day in Shanghai on which it was signed.
  day date not null,
  size integer not null check (size >= 0),
  root bytea not null check (length(root) = 32),
  signature bytea not null check (length(signature) = 64),
  signed_at timestamptz not null,
  constraint ticket_log_head_once unique (day, size)
);
create trigger append_only before update or delete on ticket_log_head for each statement execute function append_only();

select guard('ticket_log_leaf'), guard('ticket_log_tile'), guard('ticket_log_head');
