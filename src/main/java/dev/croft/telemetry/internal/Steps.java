package dev.croft.telemetry.internal;

import dev.croft.telemetry.Telemetry.Series;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a series in each step of a window: mean, least and most of the seconds of it that are known. */
final class Steps {
    final double[] sum;
    final double[] weight;
    final float[] least;
    final float[] most;

    Steps(int count) {
        sum = new double[count];
        weight = new double[count];
        least = new float[count];
        most = new float[count];
        Arrays.fill(least, Float.NaN);
        Arrays.fill(most, Float.NaN);
    }

    void add(int step, long seconds, float mean, float low, float high) {
        sum[step] += mean * seconds;
        least[step] = weight[step] == 0 ? low : Math.min(least[step], low);
        most[step] = weight[step] == 0 ? high : Math.max(most[step], high);
        weight[step] += seconds;
    }

    /** Of each step what more is known of. */
    Steps orMoreOf(Steps other) {
        for (int step = 0; step < weight.length; step++) {
            if (other.weight[step] >= weight[step]) {
                sum[step] = other.sum[step];
                weight[step] = other.weight[step];
                least[step] = other.least[step];
                most[step] = other.most[step];
            }
        }
        return this;
    }

    Series series(Key key) {
        List<@Nullable Double> mean = new ArrayList<>(weight.length);
        List<@Nullable Double> low = new ArrayList<>(weight.length);
        List<@Nullable Double> high = new ArrayList<>(weight.length);
        for (int step = 0; step < weight.length; step++) {
            boolean known = weight[step] > 0;
            mean.add(known ? sum[step] / weight[step] : null);
            low.add(known ? (double) least[step] : null);
            high.add(known ? (double) most[step] : null);
        }
        return new Series(
                key.metric(),
                key.of(),
                Collections.unmodifiableList(mean),
                Collections.unmodifiableList(low),
                Collections.unmodifiableList(high));
    }

    boolean isEmpty() {
        return Arrays.stream(weight).allMatch(each -> each == 0);
    }
}
