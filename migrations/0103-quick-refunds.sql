-- What a charge paid back already is looked up by the charge: through the view each refund of a day of fog read all the others.
create index refund_charge on refund (charge_key);
create index simulated_cashier_refund_charge on simulated_cashier_refund (charge_key);

-- As in migration 0061, with that look-up.
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
      select from_order, depth + 1 from way join paid_with on paid_with.order_id = way.id)
    select charge.key, charge.amount from way join charge on charge.order_id = way.id
    where charge.state = 'SUCCEEDED' and not exists (select from refund where charge_key = charge.key and reason = 'late-payment')
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
