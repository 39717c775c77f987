package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.croft.apps.Apps;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.running.Api;
import dev.croft.support.Console;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
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
    void isEnoughForSomebodyWhoSignsInAndDeploys() {
        try (Console console = Console.start(data)) {
            HostName attic = console.enrol(Console.newBox());
            AppName blog = new AppName("blog");
            console.asAnna(() -> console.get(Apps.class).putDraft(attic, blog, Console.site("v1")));
            // Later than the start: what brings the tables up to date wants two.
            HikariDataSource database = console.get(HikariDataSource.class);
            database.setMaximumPoolSize(1);
            database.setConnectionTimeout(3_000);
            database.getHikariPoolMXBean().softEvictConnections();

            Api anna = Api.signedIn(
                    URI.create("http://127.0.0.1:" + console.port() + "/"),
                    Console.ANNA.name(),
                    Console.PASSWORD.reveal());
            String app = "/api/v1/hosts/" + attic + "/apps/" + blog;
            anna.get(app).expect(200);
            String deployment = anna.post(app + "/deploy", Map.of())
                    .expect(202)
                    .json()
                    .get("id")
                    .stringValue();
            assertThat(anna.ended(deployment).get("state").stringValue()).isEqualTo("SUCCEEDED");
        }
    }
}
