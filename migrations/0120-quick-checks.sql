-- Checks of many gates in one statement, at what they must cost and no more: every look-up by its key, whatever a planner knows of young
-- tables, and no look at what was looked at.

-- A gate is found before its check is recorded and is never deleted, and the check's ticket is under lock: their keys need no further
-- proof, which at a busy gate every check would take a lock of the gate's row for.
alter table boarding_check drop constraint boarding_check_gate_fkey;

-- As before (migration 0098): `asked` [{index, gate, nonce, ticketNo, state, edition, means, result, code, named, actor, at, passage, uses,
-- detail}], each ticket once. A check whose ticket is no longer in the state, or whose credentials are no longer of the edition, it was
-- decided by is 'changed' and leaves no trace; one whose nonce is known is 'known'.
create or replace function record_checks(asked jsonb) returns table (index integer, id integer, fate text)
language plpgsql set plan_cache_mode to force_generic_plan as $$
#variable_conflict use_column
declare ticket_nos text[] := array(select value ->> 'ticketNo' from jsonb_array_elements(asked));
begin
  perform set_config('app.tx', 'function', true);
  -- In the order in which a refund locks an order's coupons.
  perform from coupon where ticket_no = any (ticket_nos) order by order_id, position for update;
  -- A statement of its own: it sees what was committed while we waited.
  return query
  with proposed as materialized (
    select given.*, coupon.state as now_state,
      given."ticketNo" is null or (coupon.state is not distinct from given.state and given.edition >= (
        select coalesce(max(edition), 0) from credential_reissue where credential_reissue.ticket_no = given."ticketNo")) as fits
    from jsonb_to_recordset(asked) as given (index integer, gate integer, nonce uuid, "ticketNo" text, state text, edition integer,
      means text, result text, code text, named jsonb, actor text, at timestamptz, passage text, uses boolean, detail text)
    left join lateral (select state from coupon where coupon.ticket_no = given."ticketNo" offset 0) as coupon on true),
  made as (
    insert into boarding_check (gate, nonce, ticket_no, means, result, code, named, actor, checked_at, passage)
    select gate, nonce, case when now_state is not null then "ticketNo" end, means, result, code, named, actor, at, passage
    from proposed where fits
    on conflict on constraint boarding_check_nonce do nothing
    returning boarding_check.id, boarding_check.gate, boarding_check.nonce),
  recorded as materialized (select proposed.*, made.id from proposed join made using (gate, nonce)),
  used as (
    update coupon set state = 'CHECKED' where coupon.ticket_no = any (array(select "ticketNo" from recorded where uses))),
  told as (
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select "ticketNo", case when uses then 'check-in' when result = 'OPEN' then 'passage' else 'check-refused' end,
      case when uses then 'CHECKED' else now_state end, at, actor, rtrim(detail || ' ' || code)
    from recorded where now_state is not null)
  select proposed.index, recorded.id,
    case when recorded.id is not null then 'made' when proposed.fits then 'known' else 'changed' end
  from proposed left join recorded using (index);
end $$;
