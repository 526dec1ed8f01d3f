-- The parties of thousands of coupons are looked up together: a foreign key looks up each row's three by themselves, which was a third
-- of what posting a ticket cost the database. A participant is never deleted, so one look suffices.
create trigger never_deleted before delete on participant for each statement execute function append_only();

create function check_parties() returns trigger language plpgsql as $$
declare
  stranger integer;
begin
  select party into stranger
  from (select channel as party from added union select carrier from added union select station from added) as named
  where not exists (select from participant where participant.id = party) limit 1;
  if found then
    raise exception 'there is no participant %', stranger using errcode = 'foreign_key_violation', table = tg_table_name,
      constraint = tg_table_name || '_parties';
  end if;
  return null;
end $$;

alter table coupon_revenue drop constraint coupon_revenue_channel_fkey, drop constraint coupon_revenue_carrier_fkey,
  drop constraint coupon_revenue_station_fkey;
alter table revenue_line drop constraint revenue_line_channel_fkey, drop constraint revenue_line_carrier_fkey,
  drop constraint revenue_line_station_fkey;
create trigger parties after insert on coupon_revenue referencing new table as added for each statement execute function check_parties();
create trigger parties_changed after update on coupon_revenue referencing new table as added for each statement
  execute function check_parties();
create trigger parties after insert on revenue_line referencing new table as added for each statement execute function check_parties();
