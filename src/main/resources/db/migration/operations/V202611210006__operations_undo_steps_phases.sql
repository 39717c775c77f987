-- Who may confirm: the browser or API token that asked, as a hash or number; null: nobody.
alter table operations_operation add column asked_session varchar(100);
-- What else was asked, as JSON: how it is confirmed, data, the deployment to go back to, what is reconciled or collected.
alter table operations_operation add column asked_more text;
-- While it waits: until when, and why (JSON).
alter table operations_operation add column confirm text;
-- When this console saw that the activation had ended; what came over an older connection proves nothing.
alter table operations_operation add column confirm_seen_at timestamp with time zone;
alter table operations_operation add column confirmed boolean default false not null;

-- How long each phase took: for the page that shows it, and for the estimate of the next one.
create table operations_phase (
    operation_id varchar(26)              not null references operations_operation (id) on delete cascade,
    ordinal      integer                  not null,
    phase        varchar(20)              not null,
    started_at   timestamp with time zone not null,
    ended_at     timestamp with time zone,
    primary key (operation_id, ordinal)
);

-- The last state of everything that Nix did or does: what was built, downloaded, copied.
create table operations_step (
    operation_id varchar(26) not null references operations_operation (id) on delete cascade,
    step_id      bigint      not null,
    -- When its state changed at last, on the same count as the lines.
    sequence     bigint      not null,
    step         text        not null,
    primary key (operation_id, step_id)
);
create index operations_step_by_sequence on operations_step (operation_id, sequence);
