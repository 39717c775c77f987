-- How long the operator still has to confirm, in the phase confirm.
alter table operations_event add column seconds_left integer;
