-- Ticket events as an outbox: read in an order in which nothing committed late can be passed over, and pushed to channels.

-- Ids are given before their transactions commit, so reading by id alone would miss the slower of two. By transaction, and only
-- up to the oldest one still running, nothing is missed. Transaction numbers belong to this cluster: after moving to another by
-- dump and restore, empty outbox_cursor and webhook.read_unit forward (pg_current_xact_id) before the workers start.
alter table ticket_event add column unit xid8 not null default pg_current_xact_id();
create index ticket_event_outbox on ticket_event (unit, id);

-- How far a reader of all events has come.
create table outbox_cursor (
  reader text primary key,
  unit xid8 not null,
  event integer not null
);

create table webhook (
  id uuid primary key,
  channel integer not null references channel,
  url text not null,
  -- sold, changed, refunded, checked; see services/channels/webhooks/webhook-rules.ts
  events text[] not null,
  -- ended: the receiver answered 410, or the channel took it back.
  state text not null default 'active' check (state in ('active', 'paused', 'ended')),
  -- Events up to and including this one have become deliveries.
  read_unit xid8 not null default pg_current_xact_id(),
  read_event integer not null default 0,
  created_at timestamptz not null
);
create index webhook_channel on webhook (channel);

create table webhook_delivery (
  id integer generated always as identity primary key,
  webhook uuid not null references webhook,
  event integer not null references ticket_event,
  ticket_no text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'given-up')),
  attempts integer not null default 0,
  -- While an attempt runs this is the end of its lease: whoever crashed is taken over after it.
  next_attempt_at timestamptz not null,
  delivered_at timestamptz,
  -- How the last attempt ended: the receiver's status, or why there was none.
  answer text not null default '',
  constraint webhook_delivery_once unique (webhook, event)
);
create index webhook_delivery_due on webhook_delivery (webhook, next_attempt_at) where state = 'waiting';
-- The events of one ticket go out one after the other.
create index webhook_delivery_order on webhook_delivery (webhook, ticket_no, event) where state = 'waiting';

select guard('webhook'), guard('webhook_delivery'), guard('outbox_cursor');
