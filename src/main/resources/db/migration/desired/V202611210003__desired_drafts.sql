-- What a box's main branch says, as last read from it.
create table desired_in_force (
    host     varchar(31)              primary key,
    revision varchar(64),
    state    text                     not null,
    read_at  timestamp with time zone not null
);

-- Changes that were made here and are not in force yet. No entry: the app is to be removed.
create table desired_draft (
    host     varchar(31)              not null,
    app      varchar(31)              not null,
    entry    text,
    saved_by varchar(200)             not null,
    saved_at timestamp with time zone not null,
    primary key (host, app)
);
