package dev.croft.desired.internal;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** desired_in_force and desired_draft in SQL. Entries are text here; {@link StateJson} knows what they mean. */
@Component
class DraftTable {

    private final JdbcClient jdbc;

    DraftTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    Optional<String> inForce(HostName host) {
        return jdbc.sql("select state from desired_in_force where host = ?")
                .param(host.value())
                .query(String.class)
                .optional();
    }

    void keepInForce(HostName host, @Nullable String revision, String state, Instant readAt) {
        OffsetDateTime when = OffsetDateTime.ofInstant(readAt, ZoneOffset.UTC);
        int updated = jdbc.sql("update desired_in_force set revision = ?, state = ?, read_at = ? where host = ?")
                .params(revision, state, when, host.value())
                .update();
        if (updated == 0) {
            jdbc.sql("insert into desired_in_force (host, revision, state, read_at) values (?, ?, ?, ?)")
                    .params(host.value(), revision, state, when)
                    .update();
        }
    }

    /** Entries by app; an empty one is a removal. */
    SortedMap<AppName, Optional<String>> drafts(HostName host) {
        SortedMap<AppName, Optional<String>> drafts = new TreeMap<>();
        jdbc.sql("select app, entry from desired_draft where host = ?")
                .param(host.value())
                .query(row -> {
                    drafts.put(new AppName(row.getString("app")), Optional.ofNullable(row.getString("entry")));
                });
        return drafts;
    }

    void put(HostName host, AppName app, @Nullable String entry, String author, Instant savedAt) {
        OffsetDateTime when = OffsetDateTime.ofInstant(savedAt, ZoneOffset.UTC);
        int updated = jdbc.sql(
                        "update desired_draft set entry = ?, saved_by = ?, saved_at = ? where host = ? and app = ?")
                .params(entry, author, when, host.value(), app.value())
                .update();
        if (updated == 0) {
            jdbc.sql("insert into desired_draft (host, app, entry, saved_by, saved_at) values (?, ?, ?, ?, ?)")
                    .params(host.value(), app.value(), entry, author, when)
                    .update();
        }
    }

    void delete(HostName host, AppName app) {
        jdbc.sql("delete from desired_draft where host = ? and app = ?")
                .params(host.value(), app.value())
                .update();
    }
}
