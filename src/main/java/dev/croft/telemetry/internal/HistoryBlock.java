package dev.croft.telemetry.internal;

import dev.croft.kernel.HostName;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ten seconds of one box, on their way to the history. Not for many threads. */
final class HistoryBlock {

    private final HostName host;
    private final long first;
    private final Map<Subject, float[][]> seconds = new HashMap<>();

    HistoryBlock(HostName host, long second) {
        this.host = host;
        this.first = firstOf(second);
    }

    static long firstOf(long second) {
        return Math.floorDiv(second, HistoryFile.BLOCK) * HistoryFile.BLOCK;
    }

    HostName host() {
        return host;
    }

    /** The first second that belongs to it. */
    long first() {
        return first;
    }

    void put(long second, Map<Key, Double> values) {
        int which = (int) (second - first);
        values.forEach((key, value) -> {
            Subject subject = Subject.of(key);
            int column = subject.kind().column(key.metric());
            if (column < 0) {
                return;
            }
            float[][] rows = seconds.computeIfAbsent(subject, all -> new float[HistoryFile.BLOCK][]);
            if (rows[which] == null) {
                rows[which] = new float[subject.kind().columns().size()];
                Arrays.fill(rows[which], Float.NaN);
            }
            rows[which][column] = value.floatValue();
        });
    }

    /** For each subject its seconds; null: nothing is known of that one. */
    Map<Subject, float[] @Nullable []> seconds() {
        return seconds;
    }
}
