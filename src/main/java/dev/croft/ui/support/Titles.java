package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import dev.croft.operations.Operation;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Titles of operations. They are kept in English, with the row, because everybody sees them and mails and the API tell them; here a
 * reader gets theirs. A title that is not among these, such as one from an older console, stays as it was kept.
 */
public final class Titles {

    private record Template(String text, Pattern pattern) {

        static Template of(String text) {
            String expression = Pattern.compile("\\{\\d}")
                    .splitAsStream(text + "\n")
                    .map(each -> Pattern.quote(each.replace("\n", "")))
                    .reduce((before, after) -> before + "(.+)" + after)
                    .orElseThrow();
            return new Template(text, Pattern.compile(expression));
        }
    }

    /** What is said more exactly stands first. */
    private static final List<Template> TEMPLATES = Stream.of(
                    mark("Review the changes"),
                    mark("Apply the state again"),
                    mark("Apply {0} changes"),
                    mark("Apply {0}"),
                    mark("Change the settings of the box"),
                    mark("Remove {0}"),
                    mark("Deploy {0}"),
                    mark("Roll back to the generation before"),
                    mark("Roll back to generation {0}"),
                    mark("Roll back {0}"),
                    mark("Adopt the edits of the box's flake"),
                    mark("Set the edits of the box's flake aside"),
                    mark("Adopt the running system"),
                    mark("Return to the configured system"),
                    mark("Upgrade PostgreSQL {0} to {1}"),
                    mark("Upgrade MariaDB {0} to {1}"),
                    mark("Bring MariaDB to its own version {0}"),
                    mark("Back up to {0}"),
                    mark("Back up"),
                    mark("Undo the restore of {0}"),
                    mark("Restore a copy of {0}"),
                    mark("Restore {0}"),
                    mark("Test what {0} has"),
                    mark("Verify what the box runs"),
                    mark("Verify {0}"),
                    mark("Free disk space"))
            .map(Template::of)
            .toList();

    private Titles() {}

    public static String of(Operation operation) {
        return of(operation.title());
    }

    /** Also what a generation is called, which is the title of the operation that made it. */
    public static String of(String kept) {
        for (Template template : TEMPLATES) {
            Matcher matcher = template.pattern().matcher(kept);
            if (matcher.matches()) {
                return marked(
                        template.text(),
                        IntStream.rangeClosed(1, matcher.groupCount())
                                .mapToObj(matcher::group)
                                .toArray());
            }
        }
        return kept;
    }
}
