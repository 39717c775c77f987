-- What a box said at last of the host contract.
create table maintenance_contract (
    host       varchar(31)              primary key,
    report     text                     not null,
    checked_at timestamp with time zone not null
);
