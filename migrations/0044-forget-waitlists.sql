-- A wish on the waitlist keeps a request ready made, sealed names and digests in it: it is forgotten with its order. Bodies that name
-- tables of later migrations are plpgsql, which looks for them when it runs.
create or replace function is_order_settled(of_order uuid, before date) returns boolean language plpgsql stable as $$
begin
  return exists (
    select from ticket_order as placed
    where placed.id = of_order and placed.state <> 'LOCKED'
      and not exists (select from charge where charge.order_id = placed.id and charge.state in ('PENDING', 'UNKNOWN'))
      and not exists (select from refund where refund.order_id = placed.id and refund.state <> 'PAID')
      and not exists (
        select from coupon left join departure on departure.id = coupon.departure
        where coupon.order_id = placed.id
          and (coupon.state in ('SUSPENDED', 'REFUNDING') or coalesce(departure.day, coupon.open_until) >= before))
      and not exists (
        select from waitlist_wish join departure on departure.id = waitlist_wish.departure
        where waitlist_wish.entry = placed.id and departure.day >= before));
end $$;

create or replace function forget_order(of_order uuid, bands jsonb, at timestamptz) returns void language plpgsql as $$
begin
  delete from credential where ticket_no in (select ticket_no from coupon where order_id = of_order);
  update identity_verdict set document_digest = random_digest() where order_id = of_order;
  update ticket_order set request_digest = random_digest() where id = of_order;
  update vehicle set plate = '-' where order_id = of_order;
  update waitlist_wish set hold = '{}'
    where entry = of_order or entry in (select order_id from waitlist_entry where filled_order = of_order);
  update coupon set identity = '', forgotten_at = at, age_band = bands ->> position::text,
    document_digest = case when document_digest is not null then random_digest() end
  where order_id = of_order;
  delete from retention_due where order_id = of_order;
end $$;
