-- A draft of the box's own settings. In a table of its own, because desired_draft has one row for each app.
create table desired_settings_draft (
    host     varchar(31)              primary key,
    entry    text                     not null,
    saved_by varchar(200)             not null,
    saved_at timestamp with time zone not null
);
