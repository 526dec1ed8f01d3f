-- A day of fog: what each of its refunds and notices looks up, it looks up by a key. Joined otherwise, each read all charges, or all
-- tickets of the command, and 120,000 passengers cost the square of what one does.
create index disrupted_ticket_order on disrupted_ticket (order_id, disruption);

-- As in migrations 0061 and 0103.
create or replace function lay_refund(of_refund uuid) returns void language plpgsql as $$
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
      select before.from_order, depth + 1 from way
      cross join lateral (select from_order from paid_with where paid_with.order_id = way.id offset 0) as before)
    select charge.key, charge.amount from way
    cross join lateral (select key, amount from charge where charge.order_id = way.id and charge.state = 'SUCCEEDED' offset 0) as charge
    where not exists (select from refund where charge_key = charge.key and reason = 'late-payment')
    order by depth, charge.key desc
  loop
    perform from charge where key = behind.key for update;
    share := least(left_over, behind.amount
      - coalesce((select sum(amount) from refund_share where charge_key = behind.key), 0)
      - coalesce((select sum(amount) from refund where charge_key = behind.key
          and not exists (select from refund_share where refund_share.refund = refund.id)), 0));
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

-- As in migration 0102.
create or replace function paid_in_cash(of_order uuid) returns boolean language sql stable as $$
  with recursive way as (
    select of_order as id
    union
    select before.from_order from way
    cross join lateral (select from_order from paid_with where paid_with.order_id = way.id offset 0) as before)
  select exists (
    select from way
    cross join lateral (
      select from charge where charge.order_id = way.id and charge.state = 'SUCCEEDED' and charge.gateway = 'cash' offset 0) as cash)
$$;
