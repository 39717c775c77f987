-- The commit that the state that was sent builds on.
alter table operations_operation add column sent_base varchar(64);
