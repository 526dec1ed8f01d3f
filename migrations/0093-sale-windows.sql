-- When a sale opens and closes, more finely: on the first day of a presale from an hour of that day on (琼州海峡 09:00), and each channel
-- until its own minute before departure (parameters 1019, 1029). Policies of earlier starts get what was done before.
alter table policy_version disable trigger append_only;
update policy_version
set terms = terms || '{"presaleOpensMinute": 0, "newEnergyPresaleOpensMinute": 0, "saleClosesMinutesBy": {}}'
where terms ? 'freeAgeMax' and not terms ? 'saleClosesMinutesBy';
alter table policy_version enable trigger append_only;
alter table refund_policy disable trigger append_only;
update refund_policy
set terms = terms || '{"presaleOpensMinute": 0, "newEnergyPresaleOpensMinute": 0, "saleClosesMinutesBy": {}}'
where not terms ? 'saleClosesMinutesBy';
alter table refund_policy enable trigger append_only;
