package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Entity tags: what somebody has read, named when they write, so that nobody's edit is overwritten unseen. */
final class Preconditions {

    private static final Pattern TAG = Pattern.compile("\"([0-9a-f]{64})\"");

    private Preconditions() {}

    static String tag(String digest) {
        return "\"" + digest + "\"";
    }

    /**
     * The digest from which an edit began; empty: there was nothing; null: the edit is to be kept whatever there is.
     *
     * @param ifNoneMatch {@code *}: only when there is nothing yet
     */
    static @Nullable String base(@Nullable String ifMatch, @Nullable String ifNoneMatch) {
        if (ifNoneMatch != null) {
            if (!"*".equals(ifNoneMatch.strip()) || ifMatch != null) {
                throw refused("If-None-Match: it is \"*\", and without If-Match.");
            }
            return "";
        }
        if (ifMatch == null) {
            return null;
        }
        Matcher tag = TAG.matcher(ifMatch.strip());
        if (!tag.matches()) {
            throw refused("If-Match: it is the ETag of an earlier answer, one of them.");
        }
        return tag.group(1);
    }

    private static RuntimeException refused(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was saved.", why, "Correct it or leave it out.")
                .toException();
    }
}
