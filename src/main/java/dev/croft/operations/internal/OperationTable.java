package dev.croft.operations.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** operations_operation in SQL. */
@Component
class OperationTable {

    private static final String OPEN = "('QUEUED', 'RUNNING', 'AWAITING_CONFIRM', 'LOST')";

    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final DesiredStates desired;

    OperationTable(JdbcClient jdbc, JsonMapper json, DesiredStates desired) {
        this.jdbc = jdbc;
        this.json = json;
        this.desired = desired;
    }

    void insert(Order order) {
        Operation operation = order.operation();
        jdbc.sql("""
                        insert into operations_operation (id, kind, host, app, title, state, requested_by, author_email,
                            created_at, result, asked_changes, asked_expect, asked_generation, sent, accepted,
                            cancel_asked, last_sequence)
                        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false, false, false, 0)
                        """)
                .params(params(
                        operation.id().value(),
                        operation.kind().name(),
                        operation.host().value(),
                        operation.app() == null ? null : operation.app().value(),
                        operation.title(),
                        operation.state().name(),
                        operation.requestedBy(),
                        order.author().email(),
                        utc(operation.createdAt()),
                        json.writeValueAsString(operation.result()),
                        changesText(order.changes()),
                        order.expect(),
                        order.generation()))
                .update();
    }

    /** Writes what can change, provided the row is still in the state {@code from}. */
    boolean update(Operation operation, OperationState from) {
        return jdbc.sql("""
                                update operations_operation
                                set state = ?, phase = ?, started_at = ?, finished_at = ?, generation = ?, problem = ?, result = ?
                                where id = ? and state = ?
                                """)
                        .params(params(
                                operation.state().name(),
                                operation.phase(),
                                utc(operation.startedAt()),
                                utc(operation.finishedAt()),
                                operation.generation(),
                                operation.problem() == null ? null : json.writeValueAsString(operation.problem()),
                                json.writeValueAsString(operation.result()),
                                operation.id().value(),
                                from.name()))
                        .update()
                == 1;
    }

    void fixState(OperationId id, String state) {
        jdbc.sql("update operations_operation set sent_state = ? where id = ?")
                .params(state, id.value())
                .update();
    }

    void markSent(OperationId id) {
        jdbc.sql("update operations_operation set sent = true where id = ?")
                .param(id.value())
                .update();
    }

    void markAccepted(OperationId id) {
        jdbc.sql("update operations_operation set accepted = true where id = ?")
                .param(id.value())
                .update();
    }

    void askToCancel(OperationId id) {
        jdbc.sql("update operations_operation set cancel_asked = true where id = ?")
                .param(id.value())
                .update();
    }

    boolean isCancelAsked(OperationId id) {
        return jdbc.sql("select cancel_asked from operations_operation where id = ?")
                .param(id.value())
                .query(Boolean.class)
                .single();
    }

    boolean isAccepted(OperationId id) {
        return jdbc.sql("select accepted from operations_operation where id = ?")
                .param(id.value())
                .query(Boolean.class)
                .single();
    }

    void keepPosition(OperationId id, @Nullable String cursor, long lastSequence) {
        jdbc.sql("""
                        update operations_operation set box_cursor = coalesce(?, box_cursor), last_sequence = ? where id = ?
                        """).params(params(cursor, lastSequence, id.value())).update();
    }

    Optional<Operation> find(OperationId id) {
        return jdbc.sql("select * from operations_operation where id = ?")
                .param(id.value())
                .query(this::operation)
                .optional();
    }

    /** Newest first; {@code before} pages on. */
    List<Operation> list(@Nullable HostName host, @Nullable AppName app, @Nullable OperationId before, int limit) {
        List<Object> params = new ArrayList<>();
        StringBuilder where = new StringBuilder("where 1 = 1");
        if (host != null) {
            where.append(" and host = ?");
            params.add(host.value());
        }
        if (app != null) {
            where.append(" and app = ?");
            params.add(app.value());
        }
        if (before != null) {
            where.append(" and id < ?");
            params.add(before.value());
        }
        params.add(limit);
        return jdbc.sql("select * from operations_operation " + where + " order by id desc limit ?")
                .params(params)
                .query(this::operation)
                .list();
    }

    /** What the worker of a box does next: what is under way, else the oldest that waits. */
    Optional<Order> next(HostName host) {
        return jdbc.sql("select * from operations_operation where host = ? and state in " + OPEN
                        + " order by case when state = 'QUEUED' then 1 else 0 end, id limit 1")
                .param(host.value())
                .query(this::order)
                .optional();
    }

    List<HostName> hostsWithWork() {
        return jdbc
                .sql("select distinct host from operations_operation where state in " + OPEN)
                .query(String.class)
                .list()
                .stream()
                .map(HostName::new)
                .toList();
    }

    int waiting(HostName host) {
        return jdbc.sql("select count(*) from operations_operation where host = ? and state = 'QUEUED'")
                .param(host.value())
                .query(Integer.class)
                .single();
    }

    private Operation operation(ResultSet row, int number) throws SQLException {
        String app = row.getString("app");
        String problem = row.getString("problem");
        return new Operation(
                new OperationId(row.getString("id")),
                Operation.Kind.valueOf(row.getString("kind")),
                new HostName(row.getString("host")),
                app == null ? null : new AppName(app),
                row.getString("title"),
                OperationState.valueOf(row.getString("state")),
                row.getString("phase"),
                row.getString("requested_by"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("started_at", OffsetDateTime.class)),
                instant(row.getObject("finished_at", OffsetDateTime.class)),
                row.getObject("generation", Integer.class),
                problem == null ? null : json.readValue(problem, Problem.class),
                json.readValue(row.getString("result"), new TypeReference<Map<String, Object>>() {}),
                null,
                List.of());
    }

    private Order order(ResultSet row, int number) throws SQLException {
        return new Order(
                operation(row, number),
                new Author(row.getString("requested_by"), row.getString("author_email")),
                changes(row.getString("asked_changes")),
                row.getString("asked_expect"),
                row.getObject("asked_generation", Integer.class),
                row.getString("sent_state"),
                row.getBoolean("sent"),
                row.getBoolean("accepted"),
                row.getBoolean("cancel_asked"),
                row.getString("box_cursor"),
                row.getLong("last_sequence"));
    }

    private String changesText(Changes changes) {
        Map<String, Object> put = new LinkedHashMap<>();
        changes.put().forEach((app, spec) -> put.put(app.value(), desired.entry(spec)));
        List<String> remove = changes.remove().stream().map(AppName::value).toList();
        return json.writeValueAsString(Map.of("put", put, "remove", remove));
    }

    private Changes changes(String text) {
        var put = new TreeMap<AppName, AppSpec>();
        var remove = new TreeSet<AppName>();
        JsonNode asked = json.readTree(text);
        for (Map.Entry<String, JsonNode> entry : asked.path("put").properties()) {
            put.put(
                    new AppName(entry.getKey()),
                    desired.parseApp(entry.getValue().toString()));
        }
        for (JsonNode app : asked.path("remove")) {
            remove.add(new AppName(app.stringValue()));
        }
        return new Changes(null, put, remove);
    }

    /** A list that may hold nulls, which {@code List.of} does not. */
    private static List<Object> params(@Nullable Object... values) {
        List<Object> params = new ArrayList<>(values.length);
        for (Object value : values) {
            params.add(value);
        }
        return params;
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
