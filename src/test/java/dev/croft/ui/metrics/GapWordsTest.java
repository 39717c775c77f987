package dev.croft.ui.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GapWordsTest {

    private static final Pattern SENTENCE = Pattern.compile("\"([A-Z/][^\"]* [^\"]*\\.)\"");

    @Test
    void everyReasonThatTheSamplerHasIsTranslated() throws IOException {
        String source = Files.readString(Path.of("host-setup/host/sampler/croft-sampler.c"));
        List<String> reasons = SENTENCE.matcher(source)
                .results()
                .map(found -> found.group(1).replace("%s", "memory"))
                .distinct()
                .toList();

        assertThat(reasons)
                .contains(
                        "/proc/stat cannot be read.",
                        "The memory controller is not part of this box's cgroup v2 hierarchy.")
                .hasSizeGreaterThan(8)
                .allMatch(GapWords::knows);
    }

    @Test
    void whatANewerBoxSaysIsShownAsItIs() {
        assertThat(GapWords.of("The moon is in the way.")).isEqualTo("The moon is in the way.");
    }
}
