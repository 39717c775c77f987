package dev.croft.operations.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.HostSettings;
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
    private final PhaseTable phases;

    OperationTable(JdbcClient jdbc, JsonMapper json, DesiredStates desired, PhaseTable phases) {
        this.jdbc = jdbc;
        this.json = json;
        this.desired = desired;
        this.phases = phases;
    }

    void insert(Order order) {
        Operation operation = order.operation();
        jdbc.sql("""
                        insert into operations_operation (id, kind, host, app, title, state, requested_by, author_email,
                            created_at, started_at, problem, result, asked_changes, asked_expect, asked_generation, asked_more,
                            asked_session, sent, accepted, cancel_asked, last_sequence)
                        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false, 0)
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
                        utc(operation.startedAt()),
                        text(operation.problem()),
                        json.writeValueAsString(operation.result()),
                        changesText(order.changes()),
                        order.expect(),
                        order.generation(),
                        json.writeValueAsString(order.asked()),
                        order.session(),
                        order.sent(),
                        order.accepted()))
                .update();
    }

    /** Writes what can change, provided the row is still in the state {@code from}. */
    boolean update(Operation operation, OperationState from) {
        boolean updated = jdbc.sql("""
                                update operations_operation
                                set state = ?, phase = ?, started_at = ?, finished_at = ?, generation = ?, problem = ?, result = ?, confirm = ?, told = ?
                                where id = ? and state = ?
                                """)
                        .params(params(
                                operation.state().name(),
                                operation.phase(),
                                utc(operation.startedAt()),
                                utc(operation.finishedAt()),
                                operation.generation(),
                                text(operation.problem()),
                                json.writeValueAsString(operation.result()),
                                text(operation.confirm()),
                                !operation.state().isFinal(),
                                operation.id().value(),
                                from.name()))
                        .update()
                == 1;
        if (updated) {
            phases.keep(operation.id(), operation.phases());
        }
        return updated;
    }

    void markTold(OperationId id) {
        jdbc.sql("update operations_operation set told = true where id = ?")
                .param(id.value())
                .update();
    }

    /** Those that have ended, and nobody was told. */
    List<Operation> untold() {
        return jdbc.sql("select * from operations_operation where not told order by finished_at")
                .query(this::operation)
                .list();
    }

    /** The first moment counts: what is shown again after a broken link has not ended again. */
    void markConfirmSeen(OperationId id, Instant when) {
        jdbc.sql("update operations_operation set confirm_seen_at = coalesce(confirm_seen_at, ?) where id = ?")
                .params(params(utc(when), id.value()))
                .update();
    }

    void markConfirmed(OperationId id) {
        jdbc.sql("update operations_operation set confirmed = true where id = ?")
                .param(id.value())
                .update();
    }

    /**
     * What a confirmation is held against.
     *
     * @param session of whoever asked for the change
     * @param seenAt when the activation was known to have ended; null as long as it is not
     * @param confirmed whether the box has taken a confirmation already
     */
    record Confirmable(
            Operation operation,
            @Nullable String session,
            @Nullable Instant seenAt,
            boolean confirmed) {}

    Optional<Confirmable> confirmable(OperationId id) {
        return jdbc.sql("select * from operations_operation where id = ?")
                .param(id.value())
                .query((row, number) -> new Confirmable(
                        operation(row, number),
                        row.getString("asked_session"),
                        instant(row.getObject("confirm_seen_at", OffsetDateTime.class)),
                        row.getBoolean("confirmed")))
                .optional();
    }

    /** The newest review that found this system, with what it was a review of. */
    Optional<Order> reviewed(HostName host, String toplevel) {
        return jdbc.sql("""
                        select * from operations_operation
                        where host = ? and kind = 'PLAN' and state = 'SUCCEEDED' and sent_state is not null
                        order by id desc limit 20
                        """).param(host.value()).query(this::order).list().stream()
                .filter(order -> toplevel.equals(order.operation().result().get("toplevel")))
                .findFirst();
    }

    /** Changes of a box that succeeded, newest first, with what was sent. */
    List<Order> history(HostName host, int limit) {
        return jdbc.sql("""
                        select * from operations_operation
                        where host = ? and state = 'SUCCEEDED' and kind in ('APPLY', 'DEPLOY', 'ROLLBACK', 'RECONCILE', 'UPGRADE')
                        order by id desc limit ?
                        """).params(host.value(), limit).query(this::order).list();
    }

    /** Backups and restore tests, newest first. */
    List<Order> backupsEnded(HostName host, int limit) {
        return jdbc.sql("""
                        select * from operations_operation
                        where host = ? and kind in ('BACKUP', 'RESTORE_TEST') and state in ('SUCCEEDED', 'FAILED')
                        order by id desc limit ?
                        """).params(host.value(), limit).query(this::order).list();
    }

    Optional<Order> findOrder(OperationId id) {
        return jdbc.sql("select * from operations_operation where id = ?")
                .param(id.value())
                .query(this::order)
                .optional();
    }

    /** Oldest first. */
    List<Operation> queued(HostName host, Lane lane) {
        return jdbc.sql("select * from operations_operation where host = ? and state = 'QUEUED' and kind in "
                        + lane.kinds() + " order by id")
                .param(host.value())
                .query(this::operation)
                .list();
    }

    /** Successful operations like this one, newest first. */
    List<OperationId> lastLike(Operation.Kind kind, HostName host, @Nullable AppName app, int limit) {
        return jdbc
                .sql("""
                        select id from operations_operation
                        where host = ? and kind = ? and state = 'SUCCEEDED' and coalesce(app, '') = ?
                        order by id desc limit ?
                        """)
                .params(host.value(), kind.name(), app == null ? "" : app.value(), limit)
                .query(String.class)
                .list()
                .stream()
                .map(OperationId::new)
                .toList();
    }

    void fixState(OperationId id, String state, @Nullable String base) {
        jdbc.sql("update operations_operation set sent_state = ?, sent_base = ? where id = ?")
                .params(state, base, id.value())
                .update();
    }

    void keepAsked(OperationId id, Asked asked) {
        jdbc.sql("update operations_operation set asked_more = ? where id = ?")
                .params(json.writeValueAsString(asked), id.value())
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
                .optional()
                .map(operation -> withPhases(List.of(operation)).getFirst());
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
        return withPhases(jdbc.sql("select * from operations_operation " + where + " order by id desc limit ?")
                .params(params)
                .query(this::operation)
                .list());
    }

    /** What the worker of a lane does next: what is under way, else the oldest that waits. */
    Optional<Order> next(HostName host, Lane lane) {
        return jdbc.sql("select * from operations_operation where host = ? and kind in " + lane.kinds()
                        + " and state in "
                        + OPEN
                        + " order by case when state = 'QUEUED' then 1 else 0 end, id limit 1")
                .param(host.value())
                .query(this::order)
                .optional()
                .map(order -> order.with(withPhases(List.of(order.operation())).getFirst()));
    }

    private List<Operation> withPhases(List<Operation> operations) {
        Map<OperationId, List<Operation.PhaseTime>> all =
                phases.of(operations.stream().map(Operation::id).toList());
        return operations.stream()
                .map(each -> each.withPhases(all.getOrDefault(each.id(), List.of())))
                .toList();
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

    /** All events up to this number are there to be read. */
    long lastSequence(OperationId id) {
        return jdbc.sql("select last_sequence from operations_operation where id = ?")
                .param(id.value())
                .query(Long.class)
                .single();
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
        String confirm = row.getString("confirm");
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
                confirm == null ? null : json.readValue(confirm, Operation.Waiting.class),
                List.of());
    }

    private Order order(ResultSet row, int number) throws SQLException {
        return new Order(
                operation(row, number),
                new Author(row.getString("requested_by"), row.getString("author_email")),
                changes(row.getString("asked_changes")),
                row.getString("asked_expect"),
                row.getObject("asked_generation", Integer.class),
                asked(row.getString("asked_more")),
                row.getString("asked_session"),
                row.getString("sent_state"),
                row.getString("sent_base"),
                row.getBoolean("sent"),
                row.getBoolean("accepted"),
                row.getBoolean("cancel_asked"),
                row.getString("box_cursor"),
                row.getLong("last_sequence"));
    }

    private String changesText(Changes changes) {
        Map<String, Object> put = new LinkedHashMap<>();
        changes.put().forEach((app, spec) -> put.put(app.value(), desired.entry(spec)));
        Map<String, Object> all = new LinkedHashMap<>();
        if (changes.host() != null) {
            all.put("host", desired.entry(changes.host()));
        }
        all.put("put", put);
        all.put("remove", changes.remove().stream().map(AppName::value).toList());
        return json.writeValueAsString(all);
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
        HostSettings host =
                asked.has("host") ? desired.parseSettings(asked.get("host").toString()) : null;
        return new Changes(host, put, remove);
    }

    /** Operations of an earlier version of this console asked for nothing more. */
    private Asked asked(@Nullable String text) {
        return text == null ? Asked.NOTHING_MORE : json.readValue(text, Asked.class);
    }

    private @Nullable String text(@Nullable Object value) {
        return value == null ? null : json.writeValueAsString(value);
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
