-- A channel's quota counts every sale through it, from the moment places are held: window, kiosk, web, phone, agent or platform. What
-- lapses or is cancelled comes back, what is refunded by the channel's rule. Channels without a quota write nothing here.
alter table channel add column refunds_free_quota boolean not null default true;

-- What an order, or a place on the waitlist, took from the quota of the day it was asked for.
create table channel_claim (
  order_id uuid primary key,
  channel integer not null references channel,
  day date not null,
  tickets integer not null check (tickets > 0),
  claimed_at timestamptz not null
);
create index channel_claim_day on channel_claim (channel, day);
alter table channel_day add column counted_at timestamptz not null default '-infinity';
select guard('channel_claim');

-- How much of a claim still counts. One whose order never came (its process died in between) counts a few minutes.
create function tickets_counted(of channel_claim, at timestamptz) returns integer language sql stable as $$
  select (case
    when placed.id is null then case when of.claimed_at > at - interval '5 minutes' then of.tickets else 0 end
    when placed.state in ('EXPIRED', 'CANCELLED') or placed.state = 'LOCKED' and placed.hold_until <= at then 0
    when sold.all = 0 then case when placed.state = 'REFUNDED' then 0 else of.tickets end
    else sold.counting end)::integer
  from channel
  left join waitlist_entry as entry on entry.order_id = of.order_id
  left join ticket_order as placed on placed.id = coalesce(entry.filled_order, of.order_id)
  left join lateral (
    select count(*) as all, count(*) filter (where coupon.state not in ('RELEASED', 'VOIDED')
      and not (channel.refunds_free_quota and coupon.state in ('REFUNDING', 'REFUNDED'))) as counting
    from coupon where coupon.order_id = placed.id) as sold on true
  where channel.id = of.channel
$$;

create function quota_used(of_channel integer, on_day date, at timestamptz) returns integer language sql stable as $$
  select coalesce(sum(tickets_counted(claim, at)), 0)::integer from channel_claim as claim where channel = of_channel and day = on_day
$$;

-- Answers 'claimed', 'known' (this id claimed before), 'unlimited' or 'spent'. The day's number is never less than what counts; it is
-- counted anew when it says full, at most once a second, so what came back needs no writing down.
create function claim_quota(for_order uuid, of_channel text, wanted integer, at timestamptz) returns text language plpgsql as $$
declare
  own channel;
  today date := (at at time zone 'Asia/Shanghai')::date;
  counter channel_day;
  used integer;
begin
  perform set_config('app.tx', 'function', true);
  select * into own from channel where code = of_channel;
  if own.tickets_per_day is null then
    return 'unlimited';
  end if;
  insert into channel_claim (order_id, channel, day, tickets, claimed_at) values (for_order, own.id, today, wanted, at)
    on conflict do nothing;
  if not found then
    return 'known';
  end if;
  insert into channel_day (channel, day, tickets) values (own.id, today, 0) on conflict do nothing;
  if found then
    delete from channel_claim where channel = own.id and day < today - 1;
  end if;
  select * into counter from channel_day where channel = own.id and day = today for update;
  used := counter.tickets;
  if used + wanted > own.tickets_per_day and abs(extract(epoch from at - counter.counted_at)) >= 1 then
    -- Of which this order's are a part already.
    used := quota_used(own.id, today, at) - wanted;
    counter.counted_at := at;
  end if;
  if used + wanted > own.tickets_per_day then
    delete from channel_claim where order_id = for_order;
    update channel_day set tickets = used, counted_at = counter.counted_at where channel = own.id and day = today;
    return 'spent';
  end if;
  update channel_day set tickets = used + wanted, counted_at = counter.counted_at where channel = own.id and day = today;
  return 'claimed';
end $$;

-- The places were refused: what was claimed for them is free. Where the order is there after all, its claim stays.
create function release_quota(of_order uuid) returns void language plpgsql as $$
declare
  claim channel_claim;
begin
  perform set_config('app.tx', 'function', true);
  if exists (select from ticket_order where id = of_order) then
    return;
  end if;
  delete from channel_claim where order_id = of_order returning * into claim;
  update channel_day set tickets = greatest(0, tickets - claim.tickets) where channel = claim.channel and day = claim.day;
end $$;

-- As in migration 0050, the quota having been claimed when the places were.
create or replace function pay_from_credit(charge_key text, at timestamptz) returns text language plpgsql as $$
declare
  due record;
  account channel_account;
begin
  perform set_config('app.tx', 'function', true);
  select charge.amount, channel.id as channel, channel.state into due
    from charge join ticket_order on ticket_order.id = charge.order_id
    join channel on ticket_order.owner = 'channel:' || channel.code
    where charge.key = charge_key;
  if not found then
    return 'not-a-channel';
  end if;
  select * into account from channel_account where channel = due.channel for update;
  if exists (select from channel_movement where kind = 'sale' and key = charge_key) then
    return 'paid';
  end if;
  if due.state <> 'active' then
    return 'suspended';
  end if;
  if account.balance + account.credit_limit < due.amount then
    return 'credit-spent';
  end if;
  update channel_account set balance = balance - due.amount where channel = due.channel;
  insert into channel_movement (channel, kind, key, amount, balance, at)
  values (due.channel, 'sale', charge_key, -due.amount, account.balance - due.amount, at);
  return 'paid';
end $$;
