package dev.croft.audit.internal;

import dev.croft.audit.Audit.Filter;
import dev.croft.audit.AuditEntry;
import dev.croft.audit.internal.Head.Position;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.PhraseJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** audit_entry in SQL. Rows are added and read; the database refuses everything else. */
@Component
class AuditTable {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final int PAGE = 500;

    private final JdbcClient jdbc;

    AuditTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void insert(AuditEntry entry) {
        jdbc.sql("""
                        insert into audit_entry (seq, acted_at, who, session_key, address, verb, host, app, operation, object, edits,
                          phrases, revision, closure_before, closure_after, outcome, hash)
                        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """)
                .params(Arrays.asList(
                        entry.sequence(),
                        utc(entry.at()),
                        entry.who(),
                        entry.session(),
                        entry.address(),
                        entry.verb(),
                        text(entry.host()),
                        text(entry.app()),
                        entry.operation(),
                        entry.object(),
                        JSON.writeValueAsString(entry.edits()),
                        PhraseJson.of(entry.phrases()),
                        entry.revision(),
                        entry.closureBefore(),
                        entry.closureAfter(),
                        entry.outcome(),
                        entry.hash()))
                .update();
    }

    Optional<Position> newest() {
        return jdbc.sql("select seq, hash from audit_entry order by seq desc limit 1")
                .query((row, number) -> new Position(row.getLong("seq"), row.getString("hash")))
                .optional();
    }

    /** Whether the end of an operation is written: it is told again after a crash. */
    boolean hasEnd(OperationId operation) {
        return jdbc.sql("select count(*) from audit_entry where operation = ? and verb = 'operation'")
                        .param(operation.value())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    /** The system that a box was last known to have. */
    Optional<String> closure(HostName host) {
        return jdbc.sql("""
                        select closure_after from audit_entry where host = ? and closure_after is not null
                        order by seq desc limit 1
                        """).param(host.value()).query(String.class).optional();
    }

    List<AuditEntry> newestFirst(Filter filter, @Nullable Long before, int limit) {
        return page(filter, before == null ? "" : " and seq < ?", before, "desc", limit);
    }

    private List<AuditEntry> oldestFirst(Filter filter, long after, int limit) {
        return page(filter, " and seq > ?", after, "asc", limit);
    }

    /** Oldest first, however many. */
    void eachOf(Filter filter, Consumer<AuditEntry> out) {
        long after = 0;
        List<AuditEntry> page;
        do {
            page = oldestFirst(filter, after, PAGE);
            page.forEach(out);
            after = page.isEmpty() ? after : page.getLast().sequence();
        } while (page.size() == PAGE);
    }

    private List<AuditEntry> page(Filter filter, String bound, @Nullable Long at, String order, int limit) {
        StringBuilder where = new StringBuilder("where 1 = 1");
        List<Object> params = new ArrayList<>();
        add(where, params, "who = ?", filter.who());
        add(where, params, "verb = ?", filter.verb());
        add(where, params, "host = ?", text(filter.host()));
        add(where, params, "app = ?", text(filter.app()));
        add(where, params, "outcome = ?", filter.outcome());
        add(where, params, "acted_at >= ?", filter.from() == null ? null : utc(filter.from()));
        add(where, params, "acted_at < ?", filter.until() == null ? null : utc(filter.until()));
        where.append(bound);
        if (at != null) {
            params.add(at);
        }
        params.add(limit);
        return jdbc.sql("select * from audit_entry " + where + " order by seq " + order + " limit ?")
                .params(params)
                .query(AuditTable::entry)
                .list();
    }

    private static void add(StringBuilder where, List<Object> params, String condition, @Nullable Object value) {
        if (value != null) {
            where.append(" and ").append(condition);
            params.add(value);
        }
    }

    private static AuditEntry entry(ResultSet row, int number) throws SQLException {
        String host = row.getString("host");
        String app = row.getString("app");
        return new AuditEntry(
                row.getLong("seq"),
                row.getObject("acted_at", OffsetDateTime.class).toInstant(),
                row.getString("who"),
                row.getString("session_key"),
                row.getString("address"),
                row.getString("verb"),
                host == null ? null : new HostName(host),
                app == null ? null : new AppName(app),
                row.getString("operation"),
                row.getString("object"),
                List.of(JSON.readValue(row.getString("edits"), String[].class)),
                PhraseJson.read(row.getString("phrases")),
                row.getString("revision"),
                row.getString("closure_before"),
                row.getString("closure_after"),
                row.getString("outcome"),
                row.getString("hash"));
    }

    private static OffsetDateTime utc(Instant when) {
        return OffsetDateTime.ofInstant(when, ZoneOffset.UTC);
    }

    private static @Nullable String text(@Nullable Object name) {
        return name == null ? null : name.toString();
    }
}
