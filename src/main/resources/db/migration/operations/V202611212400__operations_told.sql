-- Whether the end of an operation was told to the modules that wait for it; a process that is killed in between tells it at its next start.
alter table operations_operation add column told boolean default true not null;
