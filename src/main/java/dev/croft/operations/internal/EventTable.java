package dev.croft.operations.internal;

import dev.croft.hostlink.HostReply;
import dev.croft.kernel.OperationId;
import dev.croft.operations.OperationEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** operations_event in SQL. */
@Component
class EventTable {

    private static final String INSERT = """
            insert into operations_event (operation_id, sequence, time, box_cursor, priority, unit, stream, derivation, text,
                phase, done, expected, running, failed, bytes_done, bytes_expected, seconds_left)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;

    private final JdbcTemplate jdbc;

    EventTable(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    void insert(OperationId operation, List<OperationEvent> events) {
        jdbc.batchUpdate(
                INSERT, events.stream().map(event -> columns(operation, event)).toList());
    }

    /** Keeps the newest events only. */
    void dropUpTo(OperationId operation, long sequence) {
        jdbc.update(
                "delete from operations_event where operation_id = ? and sequence <= ?", operation.value(), sequence);
    }

    List<OperationEvent> after(OperationId operation, long sequence, int limit) {
        return jdbc.query(
                "select * from operations_event where operation_id = ? and sequence > ? order by sequence limit ?",
                EventTable::event,
                operation.value(),
                sequence,
                limit);
    }

    private static Object[] columns(OperationId operation, OperationEvent event) {
        return switch (event) {
            case OperationEvent.Line(long sequence, HostReply.Line line) ->
                new Object[] {
                    operation.value(),
                    sequence,
                    utc(line.time()),
                    line.cursor(),
                    line.priority(),
                    line.unit(),
                    line.stream(),
                    line.derivation(),
                    line.text(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null
                };
            case OperationEvent.Progress(long sequence, HostReply.Progress progress) ->
                new Object[] {
                    operation.value(),
                    sequence,
                    utc(progress.time()),
                    progress.cursor(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    progress.phase(),
                    progress.done(),
                    progress.expected(),
                    progress.running(),
                    progress.failed(),
                    progress.bytesDone(),
                    progress.bytesExpected(),
                    progress.secondsLeft()
                };
            case OperationEvent.Step step ->
                throw new IllegalArgumentException("Steps have a table of their own: " + step);
            case OperationEvent.Changed changed ->
                throw new IllegalArgumentException("The row itself is not an event: " + changed);
        };
    }

    private static OperationEvent event(ResultSet row, int number) throws SQLException {
        long sequence = row.getLong("sequence");
        String cursor = row.getString("box_cursor");
        Instant time = row.getObject("time", OffsetDateTime.class).toInstant();
        String phase = row.getString("phase");
        if (phase == null) {
            return new OperationEvent.Line(
                    sequence,
                    new HostReply.Line(
                            cursor,
                            time,
                            row.getInt("priority"),
                            row.getString("unit"),
                            row.getString("stream"),
                            row.getString("derivation"),
                            row.getString("text")));
        }
        return new OperationEvent.Progress(
                sequence,
                new HostReply.Progress(
                        cursor,
                        time,
                        phase,
                        row.getObject("done", Long.class),
                        row.getObject("expected", Long.class),
                        row.getObject("running", Long.class),
                        row.getObject("failed", Long.class),
                        row.getObject("bytes_done", Long.class),
                        row.getObject("bytes_expected", Long.class),
                        row.getObject("seconds_left", Integer.class)));
    }

    private static OffsetDateTime utc(Instant instant) {
        return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
}
