-- What a box said at last of where it is not what its configuration says.
create table maintenance_drift (
    host         varchar(31)              primary key,
    report       text                     not null,
    -- When this console last had it evaluate its configuration; the next time is a day later, however often the console starts.
    evaluated_at timestamp with time zone
);
