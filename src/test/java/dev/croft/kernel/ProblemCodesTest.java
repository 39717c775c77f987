package dev.croft.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The closed list of problem codes is the same in the code, in the protocol and in the page that explains them. */
class ProblemCodesTest {

    private static final List<String> CODES =
            Arrays.stream(ProblemCode.values()).map(Enum::name).sorted().toList();

    @Test
    void everyCodeHasItsHeadingInTheTroubleshootingPage() throws IOException {
        assertThat(find("(?m)^#+ `?([A-Z][A-Z_]+)`?$", Files.readString(Path.of("docs/troubleshooting.md"))))
                .containsExactlyElementsOf(CODES);
    }

    @Test
    void theProtocolListsTheSameCodes() throws IOException {
        String protocol = Files.readString(Path.of("docs/protocol.md"));
        String section = protocol.substring(protocol.indexOf("## 6. Problem codes"));
        assertThat(find("`([A-Z][A-Z_]+)`", section)).containsExactlyElementsOf(CODES);
    }

    private static List<String> find(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .sorted()
                .toList();
    }
}
