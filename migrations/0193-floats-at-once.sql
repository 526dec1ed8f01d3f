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
  perform from load_agent where id in (select (x ->> 'agent')::integer from jsonb_array_elements(rows) x) order by id for no key update;
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
    select * into other from card_load where card_number = r.card and state = 'AUTHORISED';
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

-- A load that is credited moves no float: it no longer waits for the agent's row, nor do begun loads for those that end.
create or replace function decide_card_loads(rows jsonb, moment timestamptz, open_day date)
returns table (n integer, outcome text) language plpgsql as $$
declare
  r record;
  known card_load;
begin
  -- Only who gets his float back is waited for.
  perform from load_agent where id in
    (select agent from card_load where id in
      (select (x ->> 'id')::uuid from jsonb_array_elements(rows) x where not (x ->> 'loaded')::boolean)) order by id for no key update;
  for r in select * from jsonb_to_recordset(rows) as x (n integer, id uuid, loaded boolean, evidence text, tac integer) order by id
  loop
    n := r.n;
    select * into known from card_load where id = r.id for update;
    if known.state = 'LOADED' or known.state in ('RETURNED', 'CREDITED', 'RETURNING') and not r.loaded then
      outcome := known.state; return next; continue;
    end if;
    if known.id is null or known.online_counter is null and r.loaded or known.state in ('FUNDING', 'FAILED') then
      outcome := 'none'; return next; continue;
    end if;
    if r.loaded and exists (select from card_load where card_number = known.card_number
        and online_counter = known.online_counter and state = 'LOADED') then
      outcome := 'none'; return next; continue;
    end if;
    if r.loaded then
      if known.state = 'RETURNED' then
        insert into load_line (load, at, amount, agent, operator, kind)
          values (known.id, moment, known.amount, known.agent, known.operator, 'shortfall');
      elsif known.state = 'CREDITED' then
        update card_credit set withdrawn_at = moment where load = known.id and used_by is null and withdrawn_at is null;
        insert into load_line (load, at, amount, agent, operator, kind) values (known.id, moment, known.amount, known.agent,
          known.operator, case when found then 'withdraw-credit' else 'shortfall' end);
      end if;
      update card_load set state = 'LOADED', evidence = r.evidence, tac = coalesce(r.tac, tac), decided_at = moment,
        clearing_day = open_day where id = known.id;
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'load');
      outcome := 'LOADED'; return next; continue;
    end if;
    if known.money = 'payment' then
      -- The gateway pays it back; the money stays in suspense until it says so.
      update card_load set state = 'RETURNING', evidence = r.evidence where id = known.id;
      outcome := 'RETURNING';
    elsif r.evidence = 'deadline' or known.money = 'credit' then
      -- Nobody is at the counter any more: it is owed to the card.
      update card_load set state = 'CREDITED', evidence = r.evidence, decided_at = moment where id = known.id;
      insert into card_credit (load, card_number, amount, made_at) values (known.id, known.card_number, known.amount, moment);
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'credit');
      outcome := 'CREDITED';
    else
      -- The card was there and proved it: the agent has its float back, and the holder his cash.
      update card_load set state = 'RETURNED', evidence = r.evidence, decided_at = moment where id = known.id;
      update load_agent set float_fen = float_fen + known.amount where id = known.agent;
      insert into load_line (load, at, amount, agent, operator, kind)
        values (known.id, moment, known.amount, known.agent, known.operator, 'return');
      outcome := 'RETURNED';
    end if;
    return next;
  end loop;
end $$;
