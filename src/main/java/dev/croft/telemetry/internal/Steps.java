package dev.croft.telemetry.internal;

import dev.croft.telemetry.Telemetry.Series;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;
import java.util.function.IntToDoubleFunction;
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
        return new Series(
                key.metric(),
                key.of(),
                new Known(weight, step -> sum[step] / weight[step]),
                new Known(weight, step -> least[step]),
                new Known(weight, step -> most[step]));
    }

    /** A view: hundreds of thousands of numbers need not become objects to be counted and written. */
    private static final class Known extends AbstractList<@Nullable Double> implements RandomAccess {

        private final double[] weight;
        private final IntToDoubleFunction value;

        Known(double[] weight, IntToDoubleFunction value) {
            this.weight = weight;
            this.value = value;
        }

        @Override
        public @Nullable Double get(int step) {
            return weight[step] > 0 ? Double.valueOf(value.applyAsDouble(step)) : null;
        }

        @Override
        public int size() {
            return weight.length;
        }
    }

    boolean isEmpty() {
        return Arrays.stream(weight).allMatch(each -> each == 0);
    }
}
