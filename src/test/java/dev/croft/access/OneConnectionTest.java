package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.croft.apps.Apps;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operations;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing holds one connection of the database while it waits for another: then as many people at once as there are connections would
 * wait for each other until all of them fail.
 */
class OneConnectionTest {

    @TempDir
    private Path data;

    @Test
    void isEnoughForAConsole() {
        FakeBox box = Console.newBox();
        try (Console console = Console.start(data)) {
            // Later than the start: what brings the tables up to date wants two.
            HikariDataSource database = console.get(HikariDataSource.class);
            database.setMaximumPoolSize(1);
            database.setConnectionTimeout(3_000);
            database.getHikariPoolMXBean().softEvictConnections();
            HostName attic = console.enrol(box);
            AppName blog = new AppName("blog");

            assertThat(console.asAnna(() -> console.get(Hosts.class).list())).hasSize(1);
            console.asAnna(() -> console.get(Apps.class).putDraft(attic, blog, Console.site("v1")));
            assertThat(console.asAnna(() -> console.get(Apps.class).list(attic)))
                    .hasSize(1);
            assertThat(console.asAnna(() -> console.get(Operations.class).deploy(attic, blog, null)))
                    .isNotNull();
        }
    }
}
