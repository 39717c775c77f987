package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Passkeys;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Console;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the answers of a real authenticator prove. The console runs in this process; its pages are looked at by {@link PasskeyIT}. */
class PasskeyProofIT {

    @TempDir
    private Path data;

    private Console console;

    @BeforeEach
    void start() {
        console = Console.start(data);
    }

    @AfterEach
    void stop() {
        console.close();
    }

    /** Each answer is good once, for what was asked last, at the console's own name, and while the passkey is there. */
    @Test
    void aPasskeyProvesNothingButWhatItWasAskedFor() {
        Passkeys passkeys = console.get(Passkeys.class);
        URI here = URI.create("http://localhost:" + console.port());
        try (Browser browser = new Browser()) {
            Authenticator authenticator = new Authenticator(browser.page());
            browser.page().navigate(here + "/icons/favicon.svg");
            Supplier<String> asked =
                    () -> console.asAnna(() -> passkeys.challenge(here)).orElseThrow();

            assertThat(refused(() -> passkeys.begin(URI.create("http://127.0.0.1:" + console.port()))))
                    .isEqualTo(ProblemCode.INVALID_INPUT);
            String made = authenticator.create(console.asAnna(() -> passkeys.begin(here)));
            assertThat(refused(() -> passkeys.finish("", made))).isEqualTo(ProblemCode.INVALID_INPUT);
            Passkeys.Passkey kept = console.asAnna(() -> passkeys.finish("Laptop", made));
            assertThat(refused(() -> passkeys.finish("Twin", made))).isEqualTo(ProblemCode.INVALID_INPUT);
            console.asAnna(() -> passkeys.begin(here));
            assertThat(refused(() -> passkeys.finish("Answer to another question", made)))
                    .isEqualTo(ProblemCode.INVALID_INPUT);
            assertThat(console.asAnna(passkeys::mine)).containsExactly(kept);

            String shown = authenticator.show(asked.get());
            console.asAnna(() -> confirmed(passkeys, shown));
            assertThat(console.asAnna(passkeys::mine).getFirst().usedAt()).isNotNull();
            assertThat(refused(() -> confirmed(passkeys, shown)))
                    .as("the same answer again")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            String early = authenticator.show(asked.get());
            String latest = asked.get();
            assertThat(latest).isNotEqualTo(asked.get());
            assertThat(refused(() -> confirmed(passkeys, early)))
                    .as("an answer to what was asked before")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(asked.get()).isNotEqualTo(latest);
            assertThat(refused(() -> confirmed(passkeys, "{}"))).isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(console.asAnna(() -> passkeys.challenge(URI.create("https://croft.example"))))
                    .as("at another name")
                    .isEmpty();

            String late = authenticator.show(asked.get());
            console.asAnna(() -> {
                passkeys.remove(kept.id());
                return null;
            });
            assertThat(refused(() -> confirmed(passkeys, late)))
                    .as("removed meanwhile")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(console.asAnna(() -> passkeys.challenge(here))).isEmpty();
        }
    }

    private static boolean confirmed(Passkeys passkeys, String answer) {
        passkeys.confirm(answer);
        return true;
    }

    private ProblemCode refused(Supplier<?> useCase) {
        return catchThrowableOfType(ProblemException.class, () -> console.asAnna(useCase::get))
                .problem()
                .code();
    }
}
