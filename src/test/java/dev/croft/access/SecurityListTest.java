package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list in docs/security.md: what it names exists, and no line claims more than it names. */
class SecurityListTest {

    private static final Pattern LINE =
            Pattern.compile("\\| (\\d+\\.\\d+\\.\\d+)(?:-[\\d.]+)? \\| ([a-z ]+) \\| (.+) \\|");
    private static final Pattern PROOF = Pattern.compile(" – `([^`]+)`$");
    private static final Path SCRIPTS = Path.of("src/test/frontend");
    private static final List<Path> TESTS =
            List.of(Path.of("src/test/java"), Path.of("host-setup/helper/tests"), Path.of("nix/tests/box"));

    private record Line(String number, String status, String words, String proof) {}

    @Test
    void everyLineNamesWhatProvesItAndThatExists() throws IOException {
        Map<String, List<Path>> tests = tests();
        List<Line> lines = lines();

        assertThat(lines).hasSizeGreaterThan(200);
        for (Line line : lines) {
            switch (line.status()) {
                case "met" -> assertNamesATest(line, tests);
                case "written" ->
                    assertThat(Path.of(line.proof())).as(line.number()).exists();
                case "not met", "does not apply" ->
                    assertThat(line.words()).as(line.number()).isNotBlank();
                default -> throw new AssertionError(line.number() + ": " + line.status());
            }
        }
    }

    @Test
    void everyNumberIsThereOnceAndInOrder() throws IOException {
        List<String> numbers = lines().stream().map(Line::number).toList();

        Set<String> once = new HashSet<>(numbers);
        assertThat(numbers).hasSameSizeAs(once);
        assertThat(numbers)
                .isSortedAccordingTo((one, other) -> Arrays.compare(
                        Stream.of(one.split("\\.")).mapToInt(Integer::parseInt).toArray(),
                        Stream.of(other.split("\\."))
                                .mapToInt(Integer::parseInt)
                                .toArray()));
    }

    private static List<Line> lines() throws IOException {
        String list = Files.readString(Path.of("docs/security.md")).split("## OWASP ASVS", 2)[1];
        return list.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| Requirement"))
                .map(line -> {
                    Matcher parts = LINE.matcher(line);
                    assertThat(parts.matches()).as(line).isTrue();
                    Matcher proof = PROOF.matcher(parts.group(3));
                    return new Line(parts.group(1), parts.group(2), parts.group(3), proof.find() ? proof.group(1) : "");
                })
                .toList();
    }

    private static void assertNamesATest(Line line, Map<String, List<Path>> tests) throws IOException {
        if (line.proof().contains(".test.ts: ")) {
            String[] test = line.proof().split(": ", 2);
            assertThat(Files.readString(SCRIPTS.resolve(test[0])))
                    .as("%s: %s", line.number(), line.proof())
                    .contains("test('" + test[1] + "'");
            return;
        }
        String[] test = line.proof().split("\\.");
        assertThat(test).as(line.number()).hasSize(2);
        assertThat(tests).as(line.number()).containsKey(test[0]);
        boolean there = false;
        for (Path file : tests.get(test[0])) {
            there |= declaration(file, Pattern.quote(test[1]))
                    .matcher(Files.readString(file))
                    .find();
        }
        assertThat(there).as("%s: %s", line.number(), line.proof()).isTrue();
    }

    /** A test, or a rule of ArchUnit, or a method of Python's unittest. */
    private static Pattern declaration(Path file, String name) {
        return Pattern.compile(
                file.toString().endsWith(".py")
                        ? "\\n    def " + name + "\\(self"
                        : "@(Test|ParameterizedTest)\\b[\\s\\S]* void " + name
                                + "\\(|@ArchTest\\s+static final ArchRule " + name + " =");
    }

    private static Map<String, List<Path>> tests() {
        return TESTS.stream()
                .flatMap(SecurityListTest::files)
                .collect(Collectors.groupingBy(
                        file -> file.getFileName().toString().replaceFirst("\\.(java|py)$", "")));
    }

    private static Stream<Path> files(Path place) {
        try (Stream<Path> files = Files.walk(place)) {
            return files.filter(file -> file.toString().matches(".*\\.java|.*/test_\\w+\\.py")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
