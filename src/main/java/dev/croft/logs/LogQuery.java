package dev.croft.logs;

import dev.croft.kernel.OperationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which lines, from where, and how many. At most one of {@code after}, {@code before} and {@code around}.
 *
 * @param after cursor of the line behind which to begin
 * @param before cursor of the line in front of which to end
 * @param around cursor of the line to show in the midst of its neighbours
 * @param lines 1 to {@link Logs#MOST}
 * @param oldest without a cursor: the first lines of what matches, not the last
 * @param colours whether sequences that select a colour stay in the text
 */
public record LogQuery(
        @Nullable String after,
        @Nullable String before,
        @Nullable String around,
        int lines,
        boolean oldest,
        boolean colours,
        Filter filter) {

    /**
     * @param search in any case of letters, at most 200 bytes of UTF-8; null: anything
     * @param regex whether {@code search} is a pattern of PCRE2
     * @param priority 0 (emergency) to 7 (debug): at least this urgent
     * @param unit one of the app's, or of the whole box any, which may end with {@code *}
     * @param boot 0: since the box started; -1: the start before, to -1000
     * @param deployment from this operation until the next one that changed the app; not beside {@code since} and {@code until}
     */
    public record Filter(
            @Nullable String search,
            boolean regex,
            @Nullable Integer priority,
            @Nullable String unit,
            @Nullable Integer boot,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable OperationId deployment) {

        public static final Filter NONE = new Filter(null, false, null, null, null, null, null, null);
    }

    public static LogQuery last(int lines) {
        return new LogQuery(null, null, null, lines, false, false, Filter.NONE);
    }

    public LogQuery matching(Filter other) {
        return new LogQuery(after, before, around, lines, oldest, colours, other);
    }

    public LogQuery after(@Nullable String cursor) {
        return new LogQuery(cursor, null, null, lines, false, colours, filter);
    }

    public LogQuery before(String cursor) {
        return new LogQuery(null, cursor, null, lines, false, colours, filter);
    }

    public LogQuery around(String cursor) {
        return new LogQuery(null, null, cursor, lines, false, colours, filter);
    }

    public LogQuery fromTheOldest() {
        return new LogQuery(null, null, null, lines, true, colours, filter);
    }

    public LogQuery withColours() {
        return new LogQuery(after, before, around, lines, oldest, true, filter);
    }
}
