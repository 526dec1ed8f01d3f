-- Sales channels (售票渠道) as data: who may sell how much and when, on what credit, through which API clients.
create table channel (
  id integer generated always as identity primary key,
  code text not null check (code ~ '^[A-Z][A-Z0-9]{1,15}$'),
  name text not null,
  kind text not null check (kind in ('window', 'kiosk', 'web', 'phone', 'agent', 'platform')),
  state text not null default 'active' check (state in ('active', 'suspended')),
  -- Shanghai wall clock, minutes after midnight, half open.
  opens_minute smallint not null default 0 check (opens_minute between 0 and 1439),
  closes_minute smallint not null default 1440 check (closes_minute between 1 and 1440),
  -- Tickets a day that a channel may sell on credit; null is no limit.
  tickets_per_day integer check (tickets_per_day >= 0),
  -- Of the fare, to the channel.
  commission_rate numeric(5, 4) not null default 0 check (commission_rate between 0 and 1),
  -- What the platform bills the channel for each ticket.
  ticket_charge bigint not null default 0 check (ticket_charge >= 0),
  sample boolean not null default false,
  constraint channel_code unique (code),
  check (opens_minute < closes_minute)
);

-- Our own: orders of clerks and of passengers belong to these, so that every ticket has a channel.
insert into channel (code, name, kind) values ('WINDOW', '车站窗口', 'window'), ('WEB', '自营网站与手机', 'web');

-- What a channel has with us: money paid in, less tickets sold, plus refunds. It may fall to minus the limit and never below.
create table channel_account (
  channel integer primary key references channel,
  balance bigint not null default 0,
  credit_limit bigint not null default 0 check (credit_limit >= 0),
  constraint channel_credit_limit check (balance + credit_limit >= 0)
) with (fillfactor = 50);
insert into channel_account (channel) select id from channel;

create table channel_movement (
  id integer generated always as identity primary key,
  channel integer not null references channel,
  kind text not null check (kind in ('top-up', 'sale', 'refund')),
  -- The top-up's id, the charge's key, the refund's id: each moves money once.
  key text not null,
  amount bigint not null check (amount <> 0),
  -- After this movement.
  balance bigint not null,
  at timestamptz not null,
  constraint channel_movement_once unique (kind, key)
);
create index channel_movement_of on channel_movement (channel, id desc);
create trigger append_only before update or delete on channel_movement for each statement execute function append_only();

create table channel_day (
  channel integer not null references channel,
  day date not null,
  tickets integer not null check (tickets >= 0),
  primary key (channel, day)
) with (fillfactor = 50);

select guard('channel'), guard('channel_account'), guard('channel_movement'), guard('channel_day');

-- A unit of work by itself, as those of migration 0011. The account's row is the one place where a channel's buyers queue.
-- Answers 'paid' (now or before), 'not-a-channel', 'suspended', 'credit-spent' or 'quota-spent'.
create function pay_from_credit(charge_key text, at timestamptz) returns text language plpgsql as $$
declare
  due record;
  account channel_account;
  sold integer;
  today date := (at at time zone 'Asia/Shanghai')::date;
begin
  perform set_config('app.tx', 'function', true);
  select charge.amount, charge.order_id, channel.id as channel, channel.state, channel.tickets_per_day into due
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
  select count(*) into sold from coupon where order_id = due.order_id;
  -- Under the lock of the account, so nobody adds to the day meanwhile.
  if sold + coalesce((select tickets from channel_day where channel = due.channel and day = today), 0) > due.tickets_per_day then
    return 'quota-spent';
  end if;
  insert into channel_day (channel, day, tickets) values (due.channel, today, sold)
    on conflict (channel, day) do update set tickets = channel_day.tickets + sold;
  update channel_account set balance = balance - due.amount where channel = due.channel;
  insert into channel_movement (channel, kind, key, amount, balance, at)
  values (due.channel, 'sale', charge_key, -due.amount, account.balance - due.amount, at);
  return 'paid';
end $$;

-- Money that comes to a channel: paid in, or paid back for a ticket. False when this key moved money before.
create function credit_channel(of_channel integer, of_kind text, of_key text, of_amount bigint, at timestamptz) returns boolean
language plpgsql as $$
declare
  before bigint;
begin
  perform set_config('app.tx', 'function', true);
  select balance into strict before from channel_account where channel = of_channel for update;
  if exists (select from channel_movement where kind = of_kind and key = of_key) then
    return false;
  end if;
  update channel_account set balance = balance + of_amount where channel = of_channel;
  insert into channel_movement (channel, kind, key, amount, balance, at)
  values (of_channel, of_kind, of_key, of_amount, before + of_amount, at);
  return true;
end $$;

-- A channel's programs. A secret is kept as its digest; a public key signs every request by itself.
create table api_client (
  id uuid primary key,
  channel integer not null references channel,
  name text not null,
  -- Permits of the role 'channel' that this client may use.
  scopes text[] not null,
  -- SM3 of a secret of 256 random bits: nothing to guess, so nothing to slow down.
  secret_digest bytea check (octet_length(secret_digest) = 32),
  -- SM2, x‖y.
  public_key bytea check (octet_length(public_key) = 64),
  created_at timestamptz not null,
  revoked_at timestamptz,
  constraint api_client_credential check (secret_digest is not null or public_key is not null)
);
create index api_client_channel on api_client (channel);
select guard('api_client');

create table api_token (
  -- SM3 of the bearer token.
  token_digest bytea primary key check (octet_length(token_digest) = 32),
  client uuid not null references api_client,
  expires_at timestamptz not null
);
create index api_token_end on api_token (expires_at);

-- Nonces of signed requests, kept as long as their time stamp is within the clock window.
create table api_nonce (
  client uuid not null references api_client,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (client, nonce)
);
create index api_nonce_end on api_nonce (expires_at);
