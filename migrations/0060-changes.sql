-- Changing tickets (改签): a change is an order of its own that replaces coupons of another, so it is held, paid, expired and found
-- again like any order. What is special stands here: what it replaces, and that the old coupon ends when the new one begins.
alter table refund
  drop constraint refund_reason_check,
  -- Of a refund by overrule: the code and what the clerk wrote.
  add column overrule text,
  add column overrule_note text,
  add constraint refund_reason check (reason in ('passenger', 'carrier', 'void', 'late-payment', 'change', 'overrule')),
  add constraint refund_overrule check ((reason = 'overrule') = (overrule is not null) and (overrule is null) = (overrule_note is null));

create table ticket_change (
  order_id uuid primary key references ticket_order,
  from_order uuid not null references ticket_order,
  cause text not null check (cause in ('passenger', 'carrier', 'overrule')),
  overrule text,
  overrule_note text,
  fee bigint not null check (fee >= 0),
  -- New fares less old ones.
  difference bigint not null,
  actor text not null,
  check (order_id <> from_order),
  check ((cause = 'overrule') = (overrule is not null) and (overrule is null) = (overrule_note is null))
);
create index ticket_change_from on ticket_change (from_order);

create table ticket_change_item (
  order_id uuid not null references ticket_change,
  -- Of the new coupon.
  position smallint not null,
  old_ticket text not null references coupon (ticket_no),
  -- Of this ticket.
  fee bigint not null check (fee >= 0),
  difference bigint not null,
  primary key (order_id, position),
  foreign key (order_id, position) references coupon (order_id, position)
);
create index ticket_change_item_old on ticket_change_item (old_ticket);

-- A refund that one charge does not cover: a changed ticket was paid in parts. Without rows here, refund.charge_key pays all of it.
create table refund_share (
  refund uuid not null references refund,
  charge_key text not null references charge,
  amount bigint not null check (amount > 0),
  primary key (refund, charge_key)
);
create index refund_share_charge on refund_share (charge_key);

select guard('ticket_change'), guard('ticket_change_item'), guard('refund_share');

-- What a gateway pays for a refund, under a key of its own each.
create view refund_payment as
select refund.id as refund, charge.key as charge_key, charge.gateway,
  coalesce(share.amount, refund.amount) as amount,
  refund.id || case when share.charge_key is null or share.charge_key = refund.charge_key then '' else '.' || share.charge_key end as key
from refund
left join refund_share as share on share.refund = refund.id
join charge on charge.key = coalesce(share.charge_key, refund.charge_key);

-- Lays a refund on the charges that paid for the order's tickets, the latest first: its own, then those of the orders it was changed
-- from. In that order no other ticket's money is ever needed. Charges are locked last of all.
create function lay_refund(of_refund uuid) returns void language plpgsql as $$
declare
  due refund;
  behind record;
  share bigint;
  left_over bigint;
begin
  select * into due from refund where id = of_refund;
  left_over := due.amount;
  if left_over = 0 then
    return;
  end if;
  for behind in
    with recursive way as (
      select due.order_id as id, 0 as depth
      union all
      select from_order, depth + 1 from way join ticket_change on ticket_change.order_id = way.id)
    select charge.key, charge.amount from way join charge on charge.order_id = way.id
    where charge.state = 'SUCCEEDED' and not exists (select from refund where charge_key = charge.key and reason = 'late-payment')
    order by depth, charge.key desc
  loop
    perform from charge where key = behind.key for update;
    select least(left_over, behind.amount - coalesce(sum(amount), 0)) into share from refund_payment where charge_key = behind.key;
    if share > 0 then
      insert into refund_share (refund, charge_key, amount) values (of_refund, behind.key, share);
      update refund set charge_key = coalesce(charge_key, behind.key) where id = of_refund;
      left_over := left_over - share;
    end if;
    exit when left_over = 0;
  end loop;
  if left_over > 0 then
    raise exception 'refund % is more than was paid', of_refund;
  end if;
end $$;

-- Ends the coupons that a change replaces, and only now names the passenger on the new ones: until here the old ticket is his, and one
-- identity has one place at a time. Who calls this holds both orders and all their departures.
create function replace_coupons(of_change uuid, at timestamptz, by_whom text) returns void language plpgsql as $$
declare
  change ticket_change;
begin
  select * into change from ticket_change where order_id = of_change;
  perform free_places(change.from_order, array(select old_ticket from ticket_change_item where order_id = of_change), 'CHANGED');
  update coupon set document_kind = old.document_kind, document_digest = old.document_digest
    from ticket_change_item as item join coupon as old on old.ticket_no = item.old_ticket
    where item.order_id = of_change and coupon.order_id = of_change and coupon.position = item.position;
  perform check_coupon_limits(of_change);
  insert into ticket_event (ticket_no, event, state, at, actor, detail)
  select item.old_ticket, 'change', 'CHANGED', at, by_whom,
    concat_ws(' ', '→ ' || coupon.ticket_no, change.overrule, change.overrule_note)
  from ticket_change_item as item join coupon on coupon.order_id = item.order_id and coupon.position = item.position
  where item.order_id = of_change order by item.position;
end $$;

create function may_still_change(of_change uuid) returns boolean language sql stable as $$
  select not exists (
    select from ticket_change_item as item join coupon on coupon.ticket_no = item.old_ticket
    where item.order_id = of_change and coupon.state not in ('ISSUED', 'SUSPENDED', 'NO_SHOW'))
$$;

-- Both orders, their coupons, then all their departures: the order of locks of every unit of work.
create function lock_change(from_order uuid, new_departures integer[]) returns void language plpgsql as $$
declare
  ids integer[];
begin
  select departures into ids from ticket_order where id = from_order for update;
  perform from coupon where order_id = from_order order by position for update;
  perform lock_departures(ids || new_departures);
end $$;

-- Takes the new places and, unless money is due first, ends the old coupons and issues the new ones, all in this one statement.
-- `hold` is what hold_order takes, its coupons without documents. Answers 'changed', 'held', 'known' or the name of what is full.
create function change_tickets(request jsonb) returns text language plpgsql as $$
declare
  new_id uuid := (request -> 'hold' ->> 'id')::uuid;
  old_id uuid := (request ->> 'fromOrder')::uuid;
  placed timestamptz := (request -> 'hold' ->> 'placedAt')::timestamptz;
  due bigint := (request ->> 'fee')::bigint + (request ->> 'difference')::bigint;
  answer text;
begin
  perform set_config('app.tx', 'function', true);
  perform lock_change(old_id, array(select departure from legs_of(request -> 'hold')));
  answer := hold_order(request -> 'hold');
  if answer <> 'held' then
    return answer;
  end if;
  insert into ticket_change (order_id, from_order, cause, overrule, overrule_note, fee, difference, actor)
  values (new_id, old_id, request ->> 'cause', request ->> 'overrule', request ->> 'overruleNote', (request ->> 'fee')::bigint,
    (request ->> 'difference')::bigint, request ->> 'actor');
  insert into ticket_change_item (order_id, position, old_ticket, fee, difference)
  select new_id, ordinal - 1, "ticketNo", fee, difference
  from rows from (jsonb_to_recordset(request -> 'items') as ("ticketNo" text, fee bigint, difference bigint)) with ordinality
    as item("ticketNo", fee, difference, ordinal);
  if not may_still_change(new_id) then
    raise exception 'a ticket of order % cannot be changed', old_id using errcode = 'LN010', constraint = 'ticket_not_changeable';
  end if;
  update coupon set leg = old.leg, passenger = old.passenger, changes = old.changes + (request ->> 'counts')::integer
    from ticket_change_item as item join coupon as old on old.ticket_no = item.old_ticket
    where item.order_id = new_id and coupon.order_id = new_id and coupon.position = item.position;
  if due > 0 then
    return 'held';
  end if;
  perform replace_coupons(new_id, placed, request ->> 'actor');
  perform issue_coupons(new_id, placed, request ->> 'actor');
  if due < 0 then
    -- Its refund has the change's own id.
    insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
    values (new_id, new_id, decode(request -> 'hold' ->> 'digest', 'hex'), 'change', -due, 'PAYING', placed, placed);
    insert into refund_item (refund, ticket_no, fee, amount)
    select new_id, old_ticket, fee, greatest(0, -difference - fee) from ticket_change_item where order_id = new_id;
    perform lay_refund(new_id);
  end if;
  return 'changed';
end $$;

-- Money for a change ends the old coupons as it issues the new ones; when they were used or refunded meanwhile, or the passenger
-- bought elsewhere, it goes back and the old ticket stays as it is.
alter function settle_charge(text, timestamptz, text) rename to settle_order_charge;
create function settle_charge(charge_key text, at timestamptz, actor text) returns text language plpgsql as $$
declare
  change ticket_change;
  replacing ticket_order;
  answer text;
begin
  select ticket_change.* into change from charge join ticket_change on ticket_change.order_id = charge.order_id
    where charge.key = charge_key;
  if change.order_id is null then
    return settle_order_charge(charge_key, at, actor);
  end if;
  perform set_config('app.tx', 'function', true);
  perform lock_change(change.from_order, (select departures from ticket_order where id = change.order_id));
  select * into replacing from ticket_order where id = change.order_id for update;
  if replacing.state in ('LOCKED', 'EXPIRED') then
    if may_still_change(change.order_id) then
      begin
        answer := settle_order_charge(charge_key, at, actor);
        if answer = 'issued' then
          perform replace_coupons(change.order_id, at, actor);
        end if;
        return answer;
      exception when sqlstate 'LN010' or unique_violation then
        null;
      end;
    end if;
    update ticket_order set state = 'CANCELLED' where id = change.order_id;
    perform free_places(change.order_id, null, 'RELEASED');
  end if;
  return settle_order_charge(charge_key, at, actor);
end $$;
