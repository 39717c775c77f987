-- The data key, encrypted with the key file (or passphrase) and with the recovery key. One row.
create table vault_key (
    id               varchar(16)              primary key,
    kek              varchar(16)              not null,
    salt             bytea                    not null,
    wrapped          bytea                    not null,
    recovery_wrapped bytea,
    recovery_made_at timestamp with time zone,
    recovery_made_by varchar(200),
    created_at       timestamp with time zone not null
);

-- Values, encrypted with the data key. placed_at: what the box said when it got this version.
create table vault_secret (
    host       varchar(31)              not null,
    kind       varchar(7)               not null,
    owner      varchar(31)              not null,
    name       varchar(64)              not null,
    version    bigint                   not null,
    data_key   varchar(16)              not null,
    sealed     bytea                    not null,
    bytes      integer                  not null,
    changed_at timestamp with time zone not null,
    changed_by varchar(200)             not null,
    placed_at  timestamp with time zone,
    primary key (host, kind, owner, name)
);
