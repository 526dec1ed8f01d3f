-- Connections that a delay or a cancellation breaks: which tickets they suspend, and what is offered instead.

-- Whoever changes a departure's time or stops it, its connections are looked at again; a row here is work that is due.
create table connection_review (
  departure integer primary key references departure,
  -- Counts on with every change, so that a change during a review is not lost.
  change integer not null default 1
);

create function ask_connection_review() returns trigger language plpgsql as $$
begin
  insert into connection_review (departure) values (new.id)
  on conflict (departure) do update set change = connection_review.change + 1;
  return null;
end $$;
create trigger ask_connection_review after update of departs_at, state on departure for each row
  when (new.departs_at is distinct from old.departs_at
    or (new.state in ('DELAYED', 'CANCELLED', 'MERGED', 'MISSED')) <> (old.state in ('DELAYED', 'CANCELLED', 'MERGED', 'MISSED')))
  execute function ask_connection_review();

-- Passengers of one journey who go on by the same departures.
create table broken_connection (
  id uuid primary key default gen_random_uuid(),
  journey text not null references ticket_order (journey_number),
  passengers smallint[] not null check (cardinality(passengers) > 0),
  -- The first leg that cannot be travelled as booked.
  leg smallint not null,
  cause text not null check (cause in ('delayed', 'cancelled')),
  -- The departure that is late or does not go.
  departure integer not null references departure,
  -- By how much the next leg is missed; null when a leg does not go at all.
  minutes_short integer check (minutes_short > 0),
  -- Of this leg and those after it: suspended, as far as they were not used.
  tickets text[] not null check (cardinality(tickets) > 0),
  -- Ways on, the earliest arrival first.
  choices jsonb not null default '[]',
  state text not null check (state in ('OPEN', 'RESUMED', 'REBOOKED', 'REFUNDED', 'CLOSED')),
  broken_at timestamptz not null,
  -- When to look for ways on again: seats go.
  look_again_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'OPEN') = (ended_at is null)),
  check ((cause = 'delayed') = (minutes_short is not null))
);
create unique index broken_connection_open on broken_connection (journey, (passengers[1])) where state = 'OPEN';
create index broken_connection_journey on broken_connection (journey);
create index broken_connection_due on broken_connection (look_again_at) where state = 'OPEN';
select guard('broken_connection');

-- Its connection is broken and nothing was chosen yet.
create function connection_broken(of_ticket text) returns boolean language sql stable as $$
  select exists (select from broken_connection where state = 'OPEN' and of_ticket = any (tickets))
$$;
