package dev.croft.ui.metrics;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why a box does not measure something, in the reader's language. The box says it in English (docs/protocol.md, {@code gaps}); the
 * sentences are {@code croft-sampler.c}'s. One that a newer box has is shown as it is.
 */
final class GapWords {

    private static final String PLACE = "{0}";

    private static final List<String> SENTENCES = List.of(
            mark("{0} cannot be read."),
            mark("This kernel does not measure pressure (PSI): {0} cannot be read."),
            mark("No file system of this machine's disks can be seen from here."),
            mark("This machine shows no temperature sensor."),
            mark("There is no cgroup v2 hierarchy below {0}."),
            mark("The {0} controller is not part of this box's cgroup v2 hierarchy."));

    private GapWords() {}

    static String of(String words) {
        for (String sentence : SENTENCES) {
            Matcher found = pattern(sentence).matcher(words);
            if (found.matches()) {
                return found.groupCount() == 0 ? marked(sentence) : marked(sentence, found.group(1));
            }
        }
        return words;
    }

    static boolean knows(String words) {
        return SENTENCES.stream().anyMatch(each -> pattern(each).matcher(words).matches());
    }

    /** A place takes one word: a path, or the name of a controller. */
    private static Pattern pattern(String sentence) {
        return Pattern.compile(Pattern.quote(sentence).replace(PLACE, "\\E(\\S+)\\Q"));
    }
}
