-- The queue and the history: the row is the truth on the console's side, the unit croft-op-<id> on the box's.
create table operations_operation (
    id               varchar(26)              primary key,
    kind             varchar(16)              not null,
    host             varchar(31)              not null,
    app              varchar(31),
    title            varchar(200)             not null,
    state            varchar(20)              not null,
    phase            varchar(20),
    requested_by     varchar(200)             not null,
    author_email     varchar(254)             not null,
    created_at       timestamp with time zone not null,
    started_at       timestamp with time zone,
    finished_at      timestamp with time zone,
    generation       integer,
    problem          text,
    result           text                     not null,
    -- What was asked: the drafts at that moment, the reviewed store path, the wanted generation.
    asked_changes    text                     not null,
    asked_expect     varchar(255),
    asked_generation integer,
    -- The whole state that is sent, fixed before it is sent for the first time.
    sent_state       text,
    sent             boolean                  not null,
    accepted         boolean                  not null,
    cancel_asked     boolean                  not null,
    -- How far the box's account of it was read: written in one transaction with the events themselves.
    box_cursor       varchar(1000),
    last_sequence    bigint                   not null
);
create index operations_by_host on operations_operation (host, id);
create index operations_by_state on operations_operation (state);

-- The last lines and counts of each operation.
create table operations_event (
    operation_id varchar(26)              not null references operations_operation (id) on delete cascade,
    sequence     bigint                   not null,
    time         timestamp with time zone not null,
    box_cursor   varchar(1000)            not null,
    -- A line has a text, a progress a phase.
    priority     integer,
    unit         varchar(255),
    stream       varchar(20),
    derivation   varchar(1000),
    text         text,
    phase        varchar(20),
    done         bigint,
    expected     bigint,
    running      bigint,
    failed       bigint,
    bytes_done   bigint,
    bytes_expected bigint,
    primary key (operation_id, sequence)
);
