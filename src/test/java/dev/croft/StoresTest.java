package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.support.Await;
import dev.croft.support.TestDatabase;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What has the tag {@code stores} goes through a store, and is run on both databases: embedded with all other tests, and once more with
 * {@code -Dcroft.test.database=postgresql}. After those of the second run: whether that was all of the stores.
 */
@Tag("stores")
@Order(Integer.MAX_VALUE)
@EnabledIfSystemProperty(named = TestDatabase.PROPERTY, matches = TestDatabase.POSTGRESQL)
class StoresTest {

    private static final String TABLES =
            "select relname from pg_stat_user_tables where relname <> 'flyway_schema_history'";

    @Test
    void everyTableOfEveryMigrationWasWrittenByATest() {
        Set<String> all = Set.copyOf(TestDatabase.ask(TABLES));
        assertThat(all).isNotEmpty();

        // A process of the server tells the others what it counted when it has been idle for a while.
        Await.until(
                () -> {
                    Set<String> never = new HashSet<>(all);
                    never.removeAll(TestDatabase.ask(TABLES + " and n_tup_ins > 0"));
                    return never;
                },
                Set::isEmpty);
    }
}
