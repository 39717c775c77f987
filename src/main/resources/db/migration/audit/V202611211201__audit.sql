-- Who did what. Rows are only added; hash seals each with all before it (docs/security.md).
create table audit_entry (
    seq            bigint primary key,
    acted_at       timestamp with time zone not null,
    who            varchar(255)             not null,
    session_key    varchar(100)             not null,
    address        varchar(100)             not null,
    verb           varchar(100)             not null,
    host           varchar(31),
    app            varchar(31),
    operation      varchar(26),
    object         varchar(1000)            not null,
    edits          varchar(100000)          not null,
    revision       varchar(64),
    closure_before varchar(255),
    closure_after  varchar(255),
    outcome        varchar(40)              not null,
    hash           varchar(64)              not null
);
create index audit_entry_host on audit_entry (host, seq);
create index audit_entry_who on audit_entry (who, seq);
