package dev.croft.desired.internal;

import dev.croft.desired.Draft;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables of this module in SQL. Entries are text here; {@link StateJson} knows what they mean. */
@Component
class DraftTable {

    /** @param entry empty: the app is to go */
    record Saved(Optional<String> entry, String savedBy, Instant savedAt) {}

    private final JdbcClient jdbc;

    DraftTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Until the end of the transaction nobody else gets past this for the box. Nothing to hold before its state was first read. */
    void lock(HostName host) {
        jdbc.sql("select host from desired_in_force where host = ? for update")
                .param(host.value())
                .query(String.class)
                .optional();
    }

    Optional<String> inForce(HostName host) {
        return jdbc.sql("select state from desired_in_force where host = ?")
                .param(host.value())
                .query(String.class)
                .optional();
    }

    Optional<String> revision(HostName host) {
        return jdbc.sql("select revision from desired_in_force where host = ? and revision is not null")
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

    SortedMap<AppName, Saved> drafts(HostName host) {
        SortedMap<AppName, Saved> drafts = new TreeMap<>();
        jdbc.sql("select app, entry, saved_by, saved_at from desired_draft where host = ?")
                .param(host.value())
                .query(row -> {
                    drafts.put(
                            new AppName(row.getString("app")),
                            new Saved(
                                    Optional.ofNullable(row.getString("entry")),
                                    row.getString("saved_by"),
                                    row.getObject("saved_at", OffsetDateTime.class)
                                            .toInstant()));
                });
        return drafts;
    }

    Optional<Saved> settings(HostName host) {
        return jdbc.sql("select entry, saved_by, saved_at from desired_settings_draft where host = ?")
                .param(host.value())
                .query((row, number) -> new Saved(
                        Optional.of(row.getString("entry")),
                        row.getString("saved_by"),
                        row.getObject("saved_at", OffsetDateTime.class).toInstant()))
                .optional();
    }

    /** Oldest first. */
    List<Draft> saved(HostName host) {
        return jdbc.sql("select app, entry, saved_by, saved_at from desired_draft where host = ?"
                        + " union all select null, entry, saved_by, saved_at from desired_settings_draft where host = ?"
                        + " order by saved_at, app")
                .params(host.value(), host.value())
                .query((row, number) -> {
                    String app = row.getString("app");
                    return new Draft(
                            app == null ? null : new AppName(app),
                            row.getString("entry") == null,
                            row.getString("saved_by"),
                            row.getObject("saved_at", OffsetDateTime.class).toInstant());
                })
                .list();
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

    void putSettings(HostName host, String entry, String author, Instant savedAt) {
        OffsetDateTime when = OffsetDateTime.ofInstant(savedAt, ZoneOffset.UTC);
        int updated = jdbc.sql("update desired_settings_draft set entry = ?, saved_by = ?, saved_at = ? where host = ?")
                .params(entry, author, when, host.value())
                .update();
        if (updated == 0) {
            jdbc.sql("insert into desired_settings_draft (host, entry, saved_by, saved_at) values (?, ?, ?, ?)")
                    .params(host.value(), entry, author, when)
                    .update();
        }
    }

    /** Whether there was a draft. */
    boolean delete(HostName host, AppName app) {
        return jdbc.sql("delete from desired_draft where host = ? and app = ?")
                        .params(host.value(), app.value())
                        .update()
                > 0;
    }

    boolean deleteSettings(HostName host) {
        return jdbc.sql("delete from desired_settings_draft where host = ?")
                        .param(host.value())
                        .update()
                > 0;
    }

    boolean deleteAll(HostName host) {
        int apps = jdbc.sql("delete from desired_draft where host = ?")
                .param(host.value())
                .update();
        return deleteSettings(host) || apps > 0;
    }
}
