-- Legs of a journey on another carrier's system (rail, air, a neighbouring province): locked, confirmed, cancelled and asked for through
-- a port. Each is a row here before the partner hears of it, with its next step's time, so that a journey always ends with all of its
-- legs or none, whatever dies and whatever the partner says.

create table partner (
  code text primary key check (code ~ '^[a-z][a-z-]{1,19}$'),
  name text not null,
  mode text not null check (mode in ('rail', 'air', 'coach', 'ferry')),
  -- How long after the payment we ask before the journey is given up and all money goes back.
  patience_seconds integer not null default 900 check (patience_seconds > 0),
  -- When to look again whether what was agreed still stands; partners have been seen to change their mind.
  watch_seconds integer[] not null default '{20,120,900,7200}',
  sample boolean not null default false
);

create table partner_place (
  partner text not null references partner,
  code text not null check (code ~ '^[A-Z0-9]{2,8}$'),
  name text not null,
  city text not null,
  primary key (partner, code)
);

-- Where one may change between the partner's place and ours, and how long that takes at least, both ways.
create table partner_way (
  partner text not null,
  partner_place text not null,
  place integer not null references place,
  minutes integer not null check (minutes > 0),
  primary key (partner, partner_place, place),
  foreign key (partner, partner_place) references partner_place
);

create table partner_leg (
  -- What the partner knows it by; every call carries it and may be repeated.
  key uuid primary key,
  -- Written before the order is: a partner whose places are scarcer is asked first.
  order_id uuid not null,
  -- Of the legs that are ours.
  side text not null check (side in ('before', 'after')),
  partner text not null references partner,
  -- As quoted and agreed to: number, places, times; what the partner keeps of a refund; each passenger's fare.
  offer jsonb not null,
  fares bigint[] not null,
  price bigint not null check (price > 0),
  state text not null check (state in ('LOCKING', 'LOCKED', 'CONFIRMING', 'CONFIRMED', 'RETURNING', 'CANCELLING', 'CANCELLED')),
  -- Why it is or was given back.
  cause text check (cause in ('abandoned', 'expired', 'partner', 'local', 'lost', 'passenger')),
  -- As the partner gave them, by passenger.
  seats text[] not null default '{}',
  tickets text[] not null default '{}',
  -- The next step; null when nothing is due any more.
  due_at timestamptz,
  give_up_at timestamptz,
  -- Asked in vain since the state began; answers that contradict it; looks back that found it as agreed.
  asked smallint not null default 0,
  doubts smallint not null default 0,
  watched smallint not null default 0,
  -- The passenger's own refund of it.
  refund uuid,
  refund_fee bigint check (refund_fee between 0 and price),
  constraint partner_leg_side unique (order_id, side),
  constraint partner_leg_refund unique (refund),
  check ((refund is null) = (refund_fee is null)),
  check (state <> 'RETURNING' or refund is not null)
) with (fillfactor = 80);
create index partner_leg_due on partner_leg (due_at) where due_at is not null;

create table partner_leg_event (
  id integer generated always as identity primary key,
  key uuid not null references partner_leg,
  at timestamptz not null,
  state text not null,
  said text not null
);
create index partner_leg_event_key on partner_leg_event (key, id);
create trigger append_only before update or delete on partner_leg_event for each statement execute function append_only();

-- What a partner has to answer for: another price or seat than agreed, a booking lost or back from the dead, a fee nobody agreed to.
create table partner_claim (
  id integer generated always as identity primary key,
  key uuid not null references partner_leg,
  at timestamptz not null,
  kind text not null check (kind in ('price', 'seat', 'silent', 'lost', 'came-back', 'fee', 'not-cancelled')),
  amount bigint not null default 0 check (amount >= 0),
  said text not null,
  constraint partner_claim_once unique (key, kind)
);
create trigger append_only before update or delete on partner_claim for each statement execute function append_only();
select guard('partner_leg'), guard('partner_leg_event'), guard('partner_claim');

-- CONFIRMING: paid, its partners have the word. Its places are kept until they have spoken.
alter table ticket_order drop constraint ticket_order_state_check, add constraint ticket_order_state_check
  check (state in ('LOCKED', 'CONFIRMING', 'ISSUED', 'EXPIRED', 'CANCELLED', 'PART_REFUNDED', 'REFUNDED'));

create function note_partner_leg(of_leg uuid, at timestamptz, said text) returns void language sql as $$
  insert into partner_leg_event (key, at, state, said) select key, at, state, said from partner_leg where key = of_leg
$$;

-- An order that ends takes its partner legs with it; none is issued that its partners have not confirmed. Orders of a single leg never
-- come here.
create function follow_order() returns trigger language plpgsql as $$
begin
  if new.state = 'ISSUED' and exists (select from partner_leg where order_id = new.id and state <> 'CONFIRMED') then
    raise exception 'order % is not confirmed by its partners', new.id;
  end if;
  if new.state in ('EXPIRED', 'CANCELLED') then
    update partner_leg set state = 'CANCELLING', cause = coalesce(cause, 'expired'), due_at = '-infinity', asked = 0, doubts = 0
      where order_id = new.id and state in ('LOCKING', 'LOCKED', 'CONFIRMING', 'CONFIRMED');
  end if;
  return new;
end $$;
create trigger follow_order before update of state on ticket_order for each row
  when (old.journey_number is not null and old.state in ('LOCKED', 'CONFIRMING') and new.state <> old.state)
  execute function follow_order();

-- Gives all money of an order back, once for each charge: its id follows from the charge's.
create function return_charges(of_order uuid, at timestamptz) returns void language sql as $$
  insert into refund (id, order_id, request_digest, charge_key, reason, amount, state, asked_at, next_attempt_at)
  select md5('undone ' || key)::uuid, order_id, sha256(key::bytea), key, 'carrier', amount, 'PAYING', at, at
  from charge where order_id = of_order and state = 'SUCCEEDED'
    and not exists (select from refund where charge_key = charge.key and reason = 'late-payment')
  on conflict do nothing
$$;

-- Money for an order with partner legs: it is kept until they are confirmed, or goes back. Null for any other order.
create function await_partners(of_charge text, at timestamptz) returns text language plpgsql as $$
declare
  paid charge;
  of ticket_order;
begin
  select ticket_order.* into of from charge join ticket_order on ticket_order.id = charge.order_id
    where charge.key = of_charge and exists (select from partner_leg where partner_leg.order_id = charge.order_id);
  if of.id is null then
    return null;
  end if;
  perform set_config('app.tx', 'function', true);
  select * into of from ticket_order where id = of.id for update;
  select * into paid from charge where key = of_charge for update;
  if paid.state = 'SUCCEEDED' then
    return 'settled';
  end if;
  update charge set state = 'SUCCEEDED', concluded_at = at where key = of_charge;
  if of.state = 'LOCKED' and not exists (select from partner_leg where order_id = of.id and state <> 'LOCKED') then
    update ticket_order set state = 'CONFIRMING' where id = of.id;
    update partner_leg set state = 'CONFIRMING', due_at = at, asked = 0,
      give_up_at = at + (select patience_seconds from partner where code = partner) * interval '1 second'
      where order_id = of.id;
    perform note_partner_leg(key, at, '') from partner_leg where order_id = of.id;
    return 'confirming';
  end if;
  if of.state = 'LOCKED' then
    update ticket_order set state = 'EXPIRED' where id = of.id;
    perform free_places(of.id, null, 'RELEASED');
  end if;
  insert into refund (id, order_id, request_digest, charge_key, reason, amount, state, asked_at, next_attempt_at)
  values (gen_random_uuid(), of.id, sha256(of_charge::bytea), of_charge, 'late-payment', paid.amount, 'PAYING', at, at);
  return 'refunding';
end $$;

-- All legs or none, once the partners have spoken. Answers 'issued', 'undone', 'waiting', or null when the order is not being confirmed.
create function conclude_partners(of_order uuid, at timestamptz, actor text) returns text language plpgsql as $$
declare
  of ticket_order;
  legs text[];
begin
  perform set_config('app.tx', 'function', true);
  select * into of from ticket_order where id = of_order for update;
  if of.state is distinct from 'CONFIRMING' then
    return null;
  end if;
  select array_agg(state) into legs from (select state from partner_leg where order_id = of_order order by key for update) as leg;
  if legs <@ array['CONFIRMED'] and not exists (
    select from coupon where order_id = of_order and departure is not null and not still_to_board(departure, lower(stops), at))
  then
    perform issue_coupons(of_order, at, actor);
    return 'issued';
  end if;
  if legs && array['CONFIRMING'] and not legs && array['CANCELLING', 'CANCELLED'] then
    return 'waiting';
  end if;
  -- All confirmed, yet ours runs no more: that is not the partner's doing.
  update partner_leg set cause = case when legs <@ array['CONFIRMED'] then 'local' else 'partner' end
    where order_id = of_order and cause is null;
  update ticket_order set state = 'CANCELLED' where id = of_order;
  perform free_places(of_order, null, 'RELEASED');
  perform return_charges(of_order, at);
  return 'undone';
end $$;

-- The simulated partners are outside parties that happen to live in our database; nothing of ours writes here except through their port.
create table simulated_partner_booking (
  key uuid primary key,
  partner text not null,
  offer text not null,
  conduct text not null,
  state text not null check (state in ('locked', 'confirmed', 'cancelled')),
  fares bigint[] not null,
  price bigint not null,
  seats text[] not null,
  tickets text[] not null default '{}',
  lock_until timestamptz not null,
  fee bigint not null default 0,
  -- How often each call came.
  confirms integer not null default 0,
  cancels integer not null default 0,
  queries integer not null default 0,
  -- What it says may change by itself at this moment.
  turns_at timestamptz
);
create index simulated_partner_booking_offer on simulated_partner_booking (partner, offer) where state <> 'cancelled';

-- Prices may move between a quote and a lock.
create table simulated_partner_price (
  partner text not null,
  offer text not null,
  full_fare bigint not null check (full_fare > 0),
  primary key (partner, offer)
);
