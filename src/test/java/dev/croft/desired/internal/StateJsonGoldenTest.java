package dev.croft.desired.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.desired.HostState;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases that the Nix modules are tested with too: both sides accept and refuse the same. */
class StateJsonGoldenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    /** What only the box can know: which port its SSH server has. */
    private static final Set<String> KNOWN_ON_THE_BOX = Set.of("refused-port-of-sshd");

    /** Cases that leave out fields with a default, as people do; the renderer writes them. */
    private static final Set<String> SHORTER = Set.of("host-only", "several-apps", "host-bounds");

    private final StateJson json = new StateJson();

    @ParameterizedTest
    @MethodSource("accepted")
    void writesBackWhatItReadByteForByte(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("state.json"));

        HostState state = json.parse(text);

        assertThat(json.parse(json.render(state).text())).isEqualTo(state);
        if (!SHORTER.contains(directory.getFileName().toString())) {
            assertThat(json.render(state).text()).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesNamingTheField(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("state.json"));

        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> json.parse(text));

        assertThat(refusal).as("nothing was refused").isNotNull();
        assertThat(refusal.problem().code()).isIn(ProblemCode.STATE_REFUSED, ProblemCode.STATE_VERSION);
        for (String line : Files.readAllLines(directory.resolve("error.txt"))) {
            assertThat(refusal.problem().why()).contains(line);
        }
    }

    static Stream<Path> accepted() throws IOException {
        return cases().filter(directory -> !Files.exists(directory.resolve("error.txt")));
    }

    static Stream<Path> refused() throws IOException {
        return cases().filter(directory -> Files.exists(directory.resolve("error.txt")))
                .filter(directory ->
                        !KNOWN_ON_THE_BOX.contains(directory.getFileName().toString()));
    }

    private static Stream<Path> cases() throws IOException {
        try (Stream<Path> all = Files.list(GOLDEN)) {
            return all.sorted().toList().stream();
        }
    }
}
