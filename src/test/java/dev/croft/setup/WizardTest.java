package dev.croft.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.setup.Wizard.Mark;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Standing;
import dev.croft.setup.Wizard.Step;
import dev.croft.support.Await;
import dev.croft.support.Console;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How far somebody has come: for everybody, across restarts, and never over the head of another. */
@Tag("stores")
class WizardTest {

    private Console console;
    private HostName attic;

    @BeforeEach
    void meetABox() {
        console = Console.shared();
        attic = console.enrol(Console.newBox());
    }

    @Test
    void beginsAtTheFirstStepAndGoesOnWhereItWasLeft() {
        assertThat(progress().next()).isEqualTo(Step.BOX);

        leave(Step.BOX, Standing.DONE, null, null);
        leave(Step.DOMAIN, Standing.SKIPPED, null, null);

        assertThat(progress().next()).isEqualTo(Step.IDENTITY);
        assertThat(progress().settled()).isEqualTo(2);
        assertThat(progress().mark(Step.BOX).orElseThrow().by()).isEqualTo("anna");
        assertThat(progress().finished()).isFalse();
    }

    @Test
    void aStepCanBeTakenBack() {
        leave(Step.DOMAIN, Standing.DONE, "attic.example acme", null);

        console.asAnna(() -> wizard().reopen(attic, Step.DOMAIN));

        assertThat(progress().mark(Step.DOMAIN)).isEmpty();
    }

    @Test
    void whoIsSecondIsToldAndOverwritesNothing() {
        Progress shown = progress();
        leave(Step.DOMAIN, Standing.DONE, "attic.example acme", null);

        ProblemException refused = catchThrowableOfType(
                ProblemException.class,
                () -> leave(
                        Step.DOMAIN,
                        Standing.DONE,
                        "cellar.example acme",
                        shown.mark(Step.DOMAIN).orElse(null)));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.CONFLICT);
        assertThat(refused.problem().why()).contains("anna");
        assertThat(progress().mark(Step.DOMAIN).orElseThrow().answer()).isEqualTo("attic.example acme");
    }

    @Test
    void whoHasSeenTheAnswerMayChangeIt() {
        leave(Step.DOMAIN, Standing.DONE, "attic.example acme", null);

        leave(
                Step.DOMAIN,
                Standing.DONE,
                "cellar.example acme",
                progress().mark(Step.DOMAIN).orElseThrow());

        assertThat(progress().mark(Step.DOMAIN).orElseThrow().answer()).isEqualTo("cellar.example acme");
    }

    @Test
    void twoWhoSayTheSameDoNotDisagree() {
        leave(Step.SIGN_IN, Standing.SKIPPED, null, null);

        assertThat(leave(Step.SIGN_IN, Standing.SKIPPED, null, null).settled()).isEqualTo(1);
    }

    @Test
    void tellsWhoeverWatches() {
        var heard = new AtomicInteger();
        try (Subscription watching = console.asAnna(() -> wizard().watch(attic, heard::incrementAndGet))) {
            leave(Step.BOX, Standing.DONE, null, null);
            Await.until(heard::get, count -> count == 1);
            console.asAnna(() -> wizard().finish(attic));
            Await.until(heard::get, count -> count == 2);
            assertThat(watching).isNotNull();
        }
        assertThat(progress().finished()).isTrue();
    }

    @Test
    void aRestartForgetsNothing(@TempDir Path data) {
        try (Console first = Console.start(data)) {
            console = first;
            attic = first.enrol(Console.newBox());
            leave(Step.BOX, Standing.DONE, null, null);
        }
        try (Console second = Console.start(data)) {
            console = second;
            assertThat(progress().next()).isEqualTo(Step.IDENTITY);
        }
    }

    private Progress leave(Step step, Standing standing, @Nullable String answer, @Nullable Mark seen) {
        return console.asAnna(() -> wizard().leave(attic, step, standing, answer, seen));
    }

    private Progress progress() {
        return console.asAnna(() -> wizard().progress(attic));
    }

    private Wizard wizard() {
        return console.get(Wizard.class);
    }
}
