package dev.croft.archive.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/**
 * The whole database as JSON lines in UTF-8 that both databases read. Own format, croft-db/1: first
 * {@code {"format","schema","time"}} with the version of the last migration; for each table {@code {"table","columns"}} and a line for
 * each row, an array in the order of the columns (times as RFC 3339, bytes as Base64); last {@code {"rows"}}, their number, so that a
 * file that was cut off is noticed. Tables stand after those that they refer to.
 */
final class DatabaseDump {

    private static final String FORMAT = "croft-db/1";
    private static final String HISTORY = "flyway_schema_history";
    private static final int BATCH = 500;
    /** DATABASE_ALREADY_OPEN_1 of H2, whose classes are not there to compile against. */
    private static final int H2_IN_USE = 90020;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final DataSource database;
    private final Clock clock;

    DatabaseDump(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    private record Column(String name, int type) {}

    // ---- out

    /** Writes what is committed at this moment, while others may write; the stream stays open. @return number of rows */
    long write(OutputStream to) throws IOException {
        String schema = schema();
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            return write(connection, schema, to);
        } catch (SQLException e) {
            throw failed("Nothing was exported.", e);
        }
    }

    private long write(Connection connection, String schema, OutputStream to) throws SQLException, IOException {
        var out = new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8));
        var header = JSON.createObjectNode();
        header.put("format", FORMAT);
        header.put("schema", schema);
        header.put("time", clock.instant().toString());
        line(out, header);
        long rows = 0;
        for (String table : tables(connection)) {
            rows += writeTable(connection, table, out);
        }
        line(out, JSON.createObjectNode().put("rows", rows));
        out.flush();
        return rows;
    }

    private String schema() {
        try (Connection connection = database.getConnection()) {
            connection.getMetaData();
        } catch (SQLException e) {
            throw failed("Nothing was exported.", e);
        }
        MigrationInfo current = flyway(MigrationVersion.LATEST).info().current();
        if (current == null) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "Nothing was exported.",
                            "This database is empty: no console has used it yet.",
                            "Name the console's data directory, or its database.")
                    .toException();
        }
        return String.valueOf(current.getVersion());
    }

    private static long writeTable(Connection connection, String table, BufferedWriter out)
            throws SQLException, IOException {
        List<Column> columns = columns(connection, table);
        var head = JSON.createObjectNode();
        head.put("table", table);
        ArrayNode names = head.putArray("columns");
        columns.forEach(column -> names.add(column.name()));
        line(out, head);
        long rows = 0;
        try (PreparedStatement select = connection.prepareStatement("select "
                + columns.stream().map(column -> quoted(column.name())).collect(Collectors.joining(", ")) + " from "
                + quoted(table))) {
            select.setFetchSize(BATCH);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    ArrayNode values = JSON.createArrayNode();
                    for (int at = 0; at < columns.size(); at++) {
                        add(values, row, at + 1, columns.get(at).type());
                    }
                    line(out, values);
                    rows++;
                }
            }
        }
        return rows;
    }

    private static void add(ArrayNode values, ResultSet row, int at, int type) throws SQLException {
        switch (type) {
            case Types.BIGINT, Types.INTEGER, Types.SMALLINT -> {
                long number = row.getLong(at);
                values.add(row.wasNull() ? null : (Long) number);
            }
            case Types.DOUBLE -> {
                double number = row.getDouble(at);
                values.add(row.wasNull() ? null : (Double) number);
            }
            case Types.BOOLEAN, Types.BIT -> {
                boolean truth = row.getBoolean(at);
                values.add(row.wasNull() ? null : (Boolean) truth);
            }
            case Types.TIMESTAMP_WITH_TIMEZONE, Types.TIMESTAMP -> {
                OffsetDateTime time = row.getObject(at, OffsetDateTime.class);
                values.add(
                        time == null
                                ? null
                                : time.withOffsetSameInstant(ZoneOffset.UTC).toString());
            }
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY -> {
                byte[] bytes = row.getBytes(at);
                values.add(bytes == null ? null : Base64.getEncoder().encodeToString(bytes));
            }
            case Types.VARCHAR, Types.CHAR, Types.CLOB, Types.LONGVARCHAR -> values.add(row.getString(at));
            default -> throw new SQLException("a column of type " + type + " has no form in " + FORMAT);
        }
    }

    private static void line(BufferedWriter out, JsonNode value) throws IOException {
        out.write(JSON.writeValueAsString(value));
        out.write('\n');
    }

    // ---- in

    /**
     * Fills an empty database: makes the tables as they were when the file was written, puts in the rows, and only then brings the
     * tables to what this console wants. All rows or none. CONFLICT when there is something in it already. @return number of rows
     */
    long read(InputStream from) throws IOException {
        var in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
        String schema = header(in);
        requireEmpty();
        boolean done = false;
        try {
            flyway(MigrationVersion.fromVersion(schema)).migrate();
            long rows = readRows(in);
            flyway(MigrationVersion.LATEST).migrate();
            done = true;
            return rows;
        } finally {
            if (!done) {
                // It was empty: nothing but what was begun here goes.
                Flyway.configure()
                        .dataSource(database)
                        .cleanDisabled(false)
                        .load()
                        .clean();
            }
        }
    }

    private long readRows(BufferedReader in) throws IOException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            long rows = readRows(connection, in);
            connection.commit();
            return rows;
        } catch (SQLException e) {
            throw failed("Nothing was imported.", e);
        }
    }

    private String header(BufferedReader in) throws IOException {
        JsonNode header = parsed(in.readLine());
        if (!FORMAT.equals(header.path("format").asString(""))) {
            throw refused("It is no export of a console's database, or of a much newer one.");
        }
        String schema = header.path("schema").asString("");
        boolean known = Arrays.stream(flyway(MigrationVersion.LATEST).info().all())
                .anyMatch(migration -> String.valueOf(migration.getVersion()).equals(schema));
        if (!known) {
            throw refused("It was written by a newer console (its tables have version " + schema + ").");
        }
        return schema;
    }

    private void requireEmpty() {
        try (Connection connection = database.getConnection()) {
            List<String> there = tables(connection);
            if (!there.isEmpty()) {
                throw Problem.of(
                                ProblemCode.CONFLICT,
                                "Nothing was imported.",
                                "There are tables in this database already (" + there.getFirst()
                                        + ", for example): a console has used it.",
                                "Import into an empty database, or another data directory.")
                        .toException();
            }
        } catch (SQLException e) {
            throw failed("Nothing was imported.", e);
        }
    }

    private static long readRows(Connection connection, BufferedReader in) throws SQLException, IOException {
        Set<String> known = new LinkedHashSet<>(tables(connection));
        long rows = 0;
        Filling filling = null;
        while (true) {
            JsonNode next = parsed(in.readLine());
            if (next.isArray()) {
                if (filling == null) {
                    throw refused("A row stands before its table.");
                }
                filling.add((ArrayNode) next);
                rows++;
                continue;
            }
            if (filling != null) {
                filling.close();
                filling = null;
            }
            if (next.has("rows")) {
                if (next.path("rows").asLong() != rows) {
                    throw refused("It says that it has " + next.path("rows").asLong() + " rows, and has " + rows + ".");
                }
                return rows;
            }
            String table = next.path("table").asString("");
            if (!known.contains(table)) {
                throw refused("There is no table \"" + table + "\".");
            }
            filling = new Filling(connection, table, next.path("columns"));
        }
    }

    /** One table's rows on their way in. */
    private static final class Filling implements AutoCloseable {
        private final Connection connection;
        private final String table;
        private final List<Column> columns;
        private final PreparedStatement insert;
        private int waiting;

        Filling(Connection connection, String table, JsonNode names) throws SQLException {
            this.connection = connection;
            this.table = table;
            var known = columns(connection, table).stream()
                    .collect(Collectors.toMap(Column::name, column -> column, (a, b) -> a, TreeMap::new));
            this.columns = new ArrayList<>();
            for (JsonNode name : names) {
                Column column = known.get(name.asString());
                if (column == null) {
                    throw refused("The table " + table + " has no column \"" + name.asString() + "\".");
                }
                columns.add(column);
            }
            this.insert = connection.prepareStatement("insert into " + quoted(table) + " ("
                    + columns.stream().map(column -> quoted(column.name())).collect(Collectors.joining(", "))
                    + ") values ("
                    + String.join(", ", columns.stream().map(column -> "?").toList()) + ")");
        }

        void add(ArrayNode row) throws SQLException {
            if (row.size() != columns.size()) {
                throw refused(
                        "A row of " + table + " has " + row.size() + " values for " + columns.size() + " columns.");
            }
            for (int at = 0; at < columns.size(); at++) {
                set(at + 1, columns.get(at).type(), row.get(at));
            }
            insert.addBatch();
            if (++waiting == BATCH) {
                insert.executeBatch();
                waiting = 0;
            }
        }

        private void set(int at, int type, JsonNode value) throws SQLException {
            if (value.isNull()) {
                insert.setNull(at, type);
                return;
            }
            try {
                switch (type) {
                    case Types.BIGINT, Types.INTEGER, Types.SMALLINT -> insert.setLong(at, value.asLong());
                    // JSON has no infinity: that is in quotes.
                    case Types.DOUBLE ->
                        insert.setDouble(
                                at, value.isString() ? Double.parseDouble(value.asString()) : value.asDouble());
                    case Types.BOOLEAN, Types.BIT -> insert.setBoolean(at, value.asBoolean());
                    case Types.TIMESTAMP_WITH_TIMEZONE, Types.TIMESTAMP ->
                        insert.setObject(at, OffsetDateTime.parse(value.asString()));
                    case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY ->
                        insert.setBytes(at, Base64.getDecoder().decode(value.asString()));
                    default -> insert.setString(at, value.asString());
                }
            } catch (IllegalArgumentException | java.time.DateTimeException e) {
                throw refused("A value of " + table + " cannot be read: " + e.getMessage());
            }
        }

        /** The next row that the console adds must not get a number that came with the file. */
        @Override
        public void close() throws SQLException {
            insert.executeBatch();
            insert.close();
            List<String> counted = new ArrayList<>();
            try (ResultSet row = connection.getMetaData().getColumns(null, schemaOf(connection), table, null)) {
                while (row.next()) {
                    if ("YES".equals(row.getString("IS_AUTOINCREMENT"))) {
                        counted.add(row.getString("COLUMN_NAME"));
                    }
                }
            }
            for (String column : counted) {
                try (var statement = connection.createStatement()) {
                    long next;
                    try (ResultSet row = statement.executeQuery(
                            "select coalesce(max(" + quoted(column) + "), 0) + 1 from " + quoted(table))) {
                        row.next();
                        next = row.getLong(1);
                    }
                    statement.execute("alter table " + quoted(table) + " alter column " + quoted(column)
                            + " restart with " + next);
                }
            }
        }
    }

    private static JsonNode parsed(@Nullable String line) {
        if (line == null) {
            throw refused("It ends too early.");
        }
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw refused("A line of it cannot be read.");
        }
    }

    // ---- what both need

    private Flyway flyway(MigrationVersion target) {
        return Flyway.configure()
                .dataSource(database)
                .locations("classpath:db/migration", "classpath:db/vendor/" + vendor())
                .target(target)
                .load();
    }

    /** As Spring Boot calls it, which fills in {vendor} in application.yaml. */
    private String vendor() {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
        } catch (SQLException e) {
            throw new IllegalStateException("The database does not say which one it is.", e);
        }
    }

    private static String schemaOf(Connection connection) throws SQLException {
        return Objects.requireNonNull(connection.getSchema(), "a database without schema");
    }

    /** Those that a table refers to first. */
    private static List<String> tables(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        TreeMap<String, Set<String>> waitsFor = new TreeMap<>();
        try (ResultSet row = data.getTables(null, schemaOf(connection), null, new String[] {"TABLE", "BASE TABLE"})) {
            while (row.next()) {
                String table = row.getString("TABLE_NAME");
                if (!table.toLowerCase(Locale.ROOT).equals(HISTORY)) {
                    waitsFor.put(table, new TreeSet<>());
                }
            }
        }
        for (var entry : waitsFor.entrySet()) {
            try (ResultSet row = data.getImportedKeys(null, schemaOf(connection), entry.getKey())) {
                while (row.next()) {
                    entry.getValue().add(row.getString("PKTABLE_NAME"));
                }
            }
            entry.getValue().remove(entry.getKey());
        }
        List<String> ordered = new ArrayList<>();
        while (ordered.size() < waitsFor.size()) {
            List<String> ready = waitsFor.entrySet().stream()
                    .filter(entry -> !ordered.contains(entry.getKey()) && ordered.containsAll(entry.getValue()))
                    .map(java.util.Map.Entry::getKey)
                    .toList();
            if (ready.isEmpty()) {
                throw new SQLException("tables refer to each other in a circle");
            }
            ordered.addAll(ready);
        }
        return ordered;
    }

    private static List<Column> columns(Connection connection, String table) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (ResultSet row = connection.getMetaData().getColumns(null, schemaOf(connection), table, null)) {
            while (row.next()) {
                columns.add(new Column(row.getString("COLUMN_NAME"), row.getInt("DATA_TYPE")));
            }
        }
        return columns;
    }

    /** Only names that the database itself told come here. */
    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static ProblemException refused(String why) {
        return Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "Nothing was imported.",
                        "file: " + why,
                        "Take a file that export-db or backup of this console's version, or an older one, wrote.")
                .toException();
    }

    private static ProblemException failed(String what, SQLException cause) {
        if (cause.getErrorCode() == H2_IN_USE) {
            return new ProblemException(
                    Problem.of(
                            ProblemCode.CONFLICT,
                            what,
                            "The console is running, and its database file belongs to it alone.",
                            "Stop the console first (./croft down), then try again."),
                    cause);
        }
        return new ProblemException(
                Problem.of(
                        ProblemCode.INTERNAL,
                        what,
                        "The database said: " + cause.getMessage(),
                        "Look whether it is reachable and not in use, then try again."),
                cause);
    }
}
