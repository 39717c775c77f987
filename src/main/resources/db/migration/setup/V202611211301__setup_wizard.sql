-- Which steps of the wizard were looked at for a box; what they decided is in the drafts.
create table setup_wizard_step (
    host     varchar(31)              not null,
    step     varchar(16)              not null,
    standing varchar(16)              not null,
    answer   varchar(300),
    left_by  varchar(200)             not null,
    left_at  timestamp with time zone not null,
    primary key (host, step)
);

-- Boxes of whose open steps nobody is reminded any more.
create table setup_wizard_finished (
    host varchar(31) primary key
);
