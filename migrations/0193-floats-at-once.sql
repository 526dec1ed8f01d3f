-- An agent's float is the one row that all its loads meet at: a batch of loads writes it once, not once for each.
create or replace function begin_card_loads(rows jsonb, moment timestamptz)
returns table (n integer, outcome text, occurred timestamptz, challenge integer) language plpgsql as $$
declare
  r record;
  known card_load;
  other card_load;
  policy load_policy;
  taken bigint;
  left_of jsonb;
begin
  select * into policy from load_policy where valid_from <= moment order by valid_from desc limit 1;
  perform from load_agent where id in (select (x ->> 'agent')::integer from jsonb_array_elements(rows) x) order by id for update;
  -- What each agent may still spend, by agent and operator; written back once at the end.
  select coalesce(jsonb_object_agg(id || ' ' || operator, float_fen + credit_fen), '{}') into left_of from load_agent
    where state = 'active' and id in (select (x ->> 'agent')::integer from jsonb_array_elements(rows) x);
  for r in select * from jsonb_to_recordset(rows) as x (n integer, id uuid, card bigint, operator smallint, issuer smallint,
      agent integer, credit uuid, terminal bigint, amount integer, balance integer, counter integer, key smallint, algorithm smallint,
      random integer)
    order by card, n
  loop
    n := r.n; occurred := moment; challenge := null;
    select * into known from card_load where id = r.id for update;
    if known.id is not null and (known.card_number <> r.card or known.amount <> r.amount or known.operator <> r.operator
        or known.state not in ('FUNDED', 'AUTHORISED')
        or known.state = 'AUTHORISED' and (known.online_counter <> r.counter or known.random <> r.random)) then
      outcome := case when known.state in ('FUNDED', 'AUTHORISED') then 'other' else 'ended' end; return next; continue;
    end if;
    if known.state = 'AUTHORISED' then
      outcome := 'begun'; occurred := known.occurred_at; return next; continue;
    end if;
    -- Whatever this card began before with an earlier counter was credited: only a credit moves the counter.
    select * into other from card_load where card_number = r.card and state = 'AUTHORISED' for update;
    if other.id is not null then
      outcome := case when other.online_counter < r.counter then 'earlier-loaded' else 'undecided' end;
      challenge := other.challenge; return next; continue;
    end if;
    if r.amount < policy.single_least or r.amount > policy.single_most then
      outcome := 'amount'; return next; continue;
    end if;
    if r.balance + r.amount > policy.balance_most then
      outcome := 'balance'; return next; continue;
    end if;
    if known.id is not null then
      update card_load set state = 'AUTHORISED', occurred_at = moment, terminal_number = r.terminal, balance_before = r.balance,
        online_counter = r.counter, key = r.key, algorithm = r.algorithm, random = r.random where id = r.id;
      outcome := 'begun'; return next; continue;
    end if;
    if r.credit is not null then
      insert into card_load (id, card_number, requested_at, funded_at, occurred_at, terminal_number, amount, balance_before,
        random, operator, issuer, online_counter, key, algorithm, money, state)
      select r.id, r.card, moment, moment, moment, r.terminal, amount, r.balance, r.random, r.operator, r.issuer, r.counter, r.key,
        r.algorithm, 'credit', 'AUTHORISED'
      from card_credit where load = r.credit and card_number = r.card and amount = r.amount and used_by is null and withdrawn_at is null
      for update;
      if not found then
        outcome := 'credit'; return next; continue;
      end if;
      update card_credit set used_by = r.id where load = r.credit;
      -- The operator that owes it pays it, wherever the card is loaded.
      insert into load_line (load, at, amount, operator, kind)
        select r.id, moment, r.amount, operator, 'use-credit' from card_load where id = r.credit;
      update card_load set operator = (select operator from card_load where id = r.credit) where id = r.id;
      outcome := 'begun'; return next; continue;
    end if;
    select coalesce(sum(amount), 0) into taken from card_load
      where card_number = r.card and requested_at > moment - interval '1 day' and state in ('AUTHORISED', 'LOADED', 'FUNDED');
    if taken + r.amount > policy.daily_most then
      outcome := 'daily'; return next; continue;
    end if;
    if coalesce((left_of ->> (r.agent || ' ' || r.operator))::bigint, -1) < r.amount then
      outcome := 'float'; return next; continue;
    end if;
    left_of := jsonb_set(left_of, array[r.agent || ' ' || r.operator], to_jsonb((left_of ->> (r.agent || ' ' || r.operator))::bigint - r.amount));
    insert into card_load (id, card_number, requested_at, funded_at, occurred_at, terminal_number, amount, balance_before, agent,
      random, operator, issuer, online_counter, key, algorithm, money, state)
    values (r.id, r.card, moment, moment, moment, r.terminal, r.amount, r.balance, r.agent, r.random, r.operator, r.issuer,
      r.counter, r.key, r.algorithm, 'agent', 'AUTHORISED');
    insert into load_line (load, at, amount, agent, operator, kind) values (r.id, moment, r.amount, r.agent, r.operator, 'fund');
    outcome := 'begun'; return next;
  end loop;
  update load_agent set float_fen = spent.rest - credit_fen
    from (select split_part(key, ' ', 1)::integer as id, value::bigint as rest from jsonb_each_text(left_of)) as spent
    where load_agent.id = spent.id and float_fen + credit_fen <> spent.rest;
end $$;
