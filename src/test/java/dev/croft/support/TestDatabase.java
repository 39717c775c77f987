package dev.croft.support;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * The database that consoles of tests have: the embedded one in their data directory, or with {@code -Dcroft.test.database=postgresql}
 * one of their own on a real PostgreSQL, which is there again when a console is started on the same directory.
 */
public final class TestDatabase {

    public static final String PROPERTY = "croft.test.database";
    public static final String POSTGRESQL = "postgresql";

    private static final String USER = "postgres";

    private TestDatabase() {}

    public static boolean isPostgresql() {
        return POSTGRESQL.equals(System.getProperty(PROPERTY));
    }

    /** In place of what is in the data directory; without effect where a test names a PostgreSQL itself. */
    static void apply(Path data, Map<String, String> properties) {
        String named = properties.getOrDefault("--spring.datasource.url", "");
        if (isPostgresql() && !named.contains(":postgresql:")) {
            properties.put("--spring.datasource.url", "--spring.datasource.url=" + Server.urlFor(data));
            properties.put("--spring.datasource.username", "--spring.datasource.username=" + USER);
        }
    }

    /** One row of every console's database for each row of the answer. */
    public static List<String> ask(String sql) {
        return Server.ask(sql);
    }

    /** Ends with the JVM. */
    private static final class Server {

        private static final EmbeddedPostgres POSTGRES = start();
        private static final Map<Path, String> NAMES = new ConcurrentHashMap<>();
        private static final AtomicInteger COUNT = new AtomicInteger();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "300")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String urlFor(Path data) {
            String name = NAMES.computeIfAbsent(data.toAbsolutePath(), directory -> {
                String made = "console_" + COUNT.incrementAndGet();
                run(POSTGRES.getDatabase(USER, USER), "create database " + made);
                return made;
            });
            return POSTGRES.getJdbcUrl(USER, name);
        }

        private static void run(DataSource database, String sql) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }

        private static List<String> ask(String sql) {
            List<String> answers = new ArrayList<>();
            for (String name : NAMES.values()) {
                try (Connection connection = POSTGRES.getDatabase(USER, name).getConnection();
                        Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(sql)) {
                    while (rows.next()) {
                        answers.add(rows.getString(1));
                    }
                } catch (SQLException e) {
                    throw new AssertionError(sql, e);
                }
            }
            return answers;
        }
    }
}
