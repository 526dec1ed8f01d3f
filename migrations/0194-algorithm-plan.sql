-- The migration from 3DES to SM4 (国产密码迁移): a dated plan for each issuer. Dates are the issuer's; the order of the steps is ours.
create table algorithm_plan (
  issuer smallint primary key references participant,
  -- Terminals first: a card with SM4 alone needs them all.
  dual_cards_from date not null,
  terminals_by date not null,
  -- No new card of 3DES alone from then on.
  des_ends date not null,
  made_by text not null,
  check (dual_cards_from <= des_ends and terminals_by <= des_ends)
);
select guard('algorithm_plan');
