-- A partner leg changed to another ride of the same partner: the new one is locked, paid for and confirmed before the old one is given up,
-- so the journey ends with the new ride or with the old one, never with neither. A change is an order without coupons: it carries the new
-- leg and what is still to be paid, and expires, is confirmed and is undone like any order with partner legs.
alter table partner_leg drop constraint partner_leg_cause_check, add constraint partner_leg_cause_check
  check (cause in ('abandoned', 'expired', 'partner', 'local', 'lost', 'passenger', 'changed'));

create table partner_change (
  order_id uuid primary key references ticket_order,
  -- The order with the tickets of the journey.
  root uuid not null references ticket_order,
  old_leg uuid not null references partner_leg,
  -- What the old ride's carrier keeps by its own table.
  fee bigint not null check (fee >= 0),
  -- The new price, less what the old ride is still worth. Below nothing it goes back.
  due bigint not null,
  check (order_id <> root)
);
create index partner_change_root on partner_change (root);
create index partner_change_old on partner_change (old_leg);
select guard('partner_change');

-- As in migration 0061, the money of a changed partner leg being behind that of the new one.
create or replace view paid_with as
select order_id, from_order from ticket_change
union all
select filled_order, order_id from waitlist_entry where filled_order is not null
union all
select change.order_id, old.order_id from partner_change as change join partner_leg as old on old.key = change.old_leg;

create function place_partner_change(request jsonb) returns text language plpgsql as $$
declare
  new_id uuid := (request ->> 'id')::uuid;
  placed timestamptz := (request ->> 'placedAt')::timestamptz;
begin
  perform set_config('app.tx', 'function', true);
  insert into ticket_order (id, request_digest, owner, sold_at, departures, journey_number, contract, state, total, hold_until, placed_at)
  select new_id, decode(request ->> 'digest', 'hex'), request ->> 'owner', null, '{}',
    'J' || to_char(placed at time zone 'Asia/Shanghai', 'YYMMDD') || lpad(nextval('journey_serial')::text, 9, '0'), 'COMBINED', 'LOCKED',
    greatest(0, (request ->> 'due')::bigint), (request ->> 'holdUntil')::timestamptz, placed
  on conflict (id) do nothing;
  if not found then
    return 'known';
  end if;
  insert into partner_change (order_id, root, old_leg, fee, due)
  values (new_id, (request ->> 'root')::uuid, (request ->> 'oldLeg')::uuid, (request ->> 'fee')::bigint, (request ->> 'due')::bigint);
  return 'placed';
end $$;

-- Nothing is due: the partner is told at once.
create function begin_partner_change(of_order uuid, at timestamptz) returns boolean language plpgsql as $$
begin
  perform set_config('app.tx', 'function', true);
  perform from ticket_order where id = of_order and state = 'LOCKED' and total = 0 for update;
  if not found or exists (select from partner_leg where order_id = of_order and state <> 'LOCKED') then
    return false;
  end if;
  update ticket_order set state = 'CONFIRMING' where id = of_order;
  update partner_leg set state = 'CONFIRMING', due_at = at, asked = 0,
    give_up_at = at + (select patience_seconds from partner where code = partner) * interval '1 second'
    where order_id = of_order;
  perform note_partner_leg(key, at, '') from partner_leg where order_id = of_order;
  return true;
end $$;

-- The new ride is there: the old one is given up at its partner, and what is over goes back under the change's own id.
create function finish_partner_change(change partner_change, at timestamptz) returns void language plpgsql as $$
begin
  update partner_leg set state = 'CANCELLING', cause = 'changed', refund = change.order_id, refund_fee = change.fee, due_at = '-infinity',
    asked = 0, doubts = 0, watched = 0 where key = change.old_leg;
  perform note_partner_leg(change.old_leg, at, 'changed to another ride');
  if change.due < 0 then
    insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
    values (change.order_id, change.order_id, sha256(change.order_id::text::bytea), 'change', -change.due, 'PAYING', at, at);
    perform lay_refund(change.order_id);
  end if;
end $$;

-- As in migration 0089; a change only while its old ride still stands.
create or replace function conclude_partners(of_order uuid, at timestamptz, actor text) returns text language plpgsql as $$
declare
  of ticket_order;
  legs text[];
  change partner_change;
  stands boolean := true;
begin
  perform set_config('app.tx', 'function', true);
  select * into change from partner_change where order_id = of_order;
  if change.order_id is not null then
    perform from ticket_order where id = change.root for update;
  end if;
  select * into of from ticket_order where id = of_order for update;
  if of.state is distinct from 'CONFIRMING' then
    return null;
  end if;
  select array_agg(state) into legs from (select state from partner_leg where order_id = of_order order by key for update) as leg;
  if change.order_id is not null then
    select state = 'CONFIRMED' into stands from partner_leg where key = change.old_leg for update;
  end if;
  if stands and legs <@ array['CONFIRMED'] and not exists (
    select from coupon where order_id = of_order and departure is not null and not still_to_board(departure, lower(stops), at))
  then
    perform issue_coupons(of_order, at, actor);
    if change.order_id is not null then
      perform finish_partner_change(change, at);
    end if;
    return 'issued';
  end if;
  if stands and legs && array['CONFIRMING'] and not legs && array['CANCELLING', 'CANCELLED'] then
    return 'waiting';
  end if;
  -- All confirmed, yet ours runs no more, or the old ride is gone: that is not the partner's doing.
  update partner_leg set cause = case when legs <@ array['CONFIRMED'] or not stands then 'local' else 'partner' end
    where order_id = of_order and cause is null;
  update ticket_order set state = 'CANCELLED' where id = of_order;
  perform free_places(of_order, null, 'RELEASED');
  perform return_charges(of_order, at);
  return 'undone';
end $$;
