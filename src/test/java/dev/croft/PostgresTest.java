package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.maintenance.Contracts;
import dev.croft.maintenance.Drifts;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.setup.Wizard;
import dev.croft.setup.Wizard.Mark;
import dev.croft.setup.Wizard.Standing;
import dev.croft.setup.Wizard.Step;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.vault.Secrets;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The other database: the same migrations and the same SQL, through the use cases. */
class PostgresTest {

    private static final AppName BLOG = new AppName("blog");

    @TempDir
    private Path data;

    @Test
    void doesTheMainJobOnPostgresqlAndKeepsItOverARestart() throws IOException {
        FakeBox box = Console.newBox();
        box.linesPerOperation(300);
        try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
            Operation deployed;
            HostName attic;
            try (Console console = start(server)) {
                attic = console.enrol(box);
                console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
                Operation asked =
                        console.asAnna(() -> console.get(Operations.class).deploy(attic, BLOG, null));
                deployed = ended(console, asked);
                console.asAnna(() -> {
                    DesiredStates desired = console.get(DesiredStates.class);
                    desired.putApp(attic, BLOG, Console.site("v2"));
                    console.get(Secrets.class)
                            .set(attic, SecretOwner.of(BLOG), "API_KEY", SecretBytes.of(SecretText.of("value")), false);
                    desired.putSettings(attic, desired.parseSettings("{\"timezone\":\"Europe/Paris\"}"));
                    console.get(Contracts.class).check(attic);
                    Wizard wizard = console.get(Wizard.class);
                    Mark first = wizard.leave(attic, Step.DOMAIN, Standing.SKIPPED, null, null)
                            .mark(Step.DOMAIN)
                            .orElseThrow();
                    wizard.leave(attic, Step.DOMAIN, Standing.DONE, "attic.example acme", first);
                    return console.get(Drifts.class).find(attic, true);
                });
                String token = console.asAnna(() -> console.get(Tokens.class)
                        .create("x", Role.VIEWER, Scope.EVERYWHERE, null)
                        .secret()
                        .reveal());
                assertThat(Http.anonymous(console.port())
                                .with(token)
                                .get("/api/v1/hosts")
                                .status())
                        .isEqualTo(200);
            }

            assertThat(deployed.state()).isEqualTo(OperationState.SUCCEEDED);
            try (Console console = start(server)) {
                assertThat(console.asAnna(() -> console.get(Operations.class).get(deployed.id())))
                        .isEqualTo(deployed);
                assertThat(console.asAnna(() -> console.get(Operations.class).list(attic, BLOG, 10)))
                        .hasSize(1);
                assertThat(console.asAnna(
                                () -> console.get(Secrets.class).reveal(attic, SecretOwner.of(BLOG), "API_KEY")))
                        .isEqualTo(SecretBytes.of(SecretText.of("value")));
                DesiredStates desired = console.get(DesiredStates.class);
                assertThat(console.asAnna(() -> desired.drafts(attic)))
                        .extracting(Draft::app)
                        .containsExactly(BLOG, null);
                assertThat(console.asAnna(() -> console.get(Drifts.class).lastReport(attic)))
                        .isPresent();
                assertThat(console.asAnna(() -> console.get(Contracts.class).last(attic)))
                        .isPresent();
                assertThat(console.asAnna(() -> console.get(Wizard.class).finish(attic))
                                .mark(Step.DOMAIN)
                                .orElseThrow()
                                .answer())
                        .isEqualTo("attic.example acme");
                console.asAnna(() -> {
                    desired.discardAll(attic);
                    return null;
                });
                assertThat(console.asAnna(() -> desired.changes(attic)).isEmpty())
                        .isTrue();
                List<OperationEvent> seen = new CopyOnWriteArrayList<>();
                console.asAnna(() -> console.get(Operations.class).follow(deployed.id(), 0, seen::add));
                Await.until(
                        () -> seen, events -> !events.isEmpty() && events.getLast() instanceof OperationEvent.Changed);
                assertThat(seen).hasSizeGreaterThan(1500);
                Operation back = ended(
                        console,
                        console.asAnna(() -> console.get(Operations.class).rollBack(attic, Operations.RollBack.to(1))));
                assertThat(back.state()).isEqualTo(OperationState.SUCCEEDED);
            }
        }
    }

    private Console start(EmbeddedPostgres server) {
        return Console.start(
                data,
                "--spring.datasource.url=" + server.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres");
    }

    private static Operation ended(Console console, Operation operation) {
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(operation.id())),
                now -> now.state().isFinal());
    }
}
