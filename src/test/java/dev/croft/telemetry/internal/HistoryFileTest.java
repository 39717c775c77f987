package dev.croft.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.croft.telemetry.Metric;
import dev.croft.telemetry.internal.HistoryFile.DamagedException;
import dev.croft.telemetry.internal.HistoryFile.Tier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {

    /** A whole hour. */
    private static final long T = 1_795_000_000 / 3600 * 3600;

    private static final Subject SENSOR = new Subject(Subject.Kind.SENSOR, "core 0");
    private static final int YEAR = 366 * 86_400;

    @TempDir
    private Path directory;

    private Path path;
    private HistoryFile file;

    @BeforeEach
    void create() throws IOException {
        path = directory.resolve("sensor.history");
        file = HistoryFile.create(path, "attic", SENSOR);
    }

    /** A block in which each second has the same value. */
    private void fill(long first, float value) throws IOException {
        float[][] seconds = new float[HistoryFile.BLOCK][];
        Arrays.setAll(seconds, i -> new float[] {value});
        file.append(first, seconds);
    }

    /** @param values null: nothing is known of that second */
    private void put(long first, @Nullable Float... values) throws IOException {
        float[][] seconds = new float[HistoryFile.BLOCK][];
        for (int i = 0; i < values.length; i++) {
            seconds[i] = values[i] == null ? null : new float[] {values[i]};
        }
        file.append(first, seconds);
    }

    private List<@Nullable Double> mean(long from, long step, int count) throws IOException {
        return read(from, step, count).series(SENSOR.key(Metric.TEMPERATURE)).values();
    }

    private Steps read(long from, long step, int count) throws IOException {
        return file.read(new int[] {0}, from, step, count).getFirst();
    }

    @Test
    void itsSizeIsKnownBeforehandAndNeverChanges() throws IOException {
        long size = HistoryFile.size(1);
        assertThat(Files.size(path)).isEqualTo(size);

        fill(T, 1);
        fill(T + YEAR, 2);
        fill(T - YEAR, 3);

        assertThat(Files.size(path)).isEqualTo(size);
        assertThat(HistoryFile.size(Subject.Kind.UNIT.columns().size())).isLessThan(6_200_000);
    }

    @Test
    void secondsAreThereAfterARestart() throws IOException {
        put(T, 1f, null, 3f);

        file = HistoryFile.open(path);

        assertThat(file.host()).isEqualTo("attic");
        assertThat(file.subject()).isEqualTo(SENSOR);
        assertThat(file.newest()).isEqualTo(T + 2);
        assertThat(mean(T - 1, 1, 5)).containsExactly(null, 1.0, null, 3.0, null);
    }

    @Test
    void aConsoleThatBeganInTheMiddleOfABlockLeavesWhatWasThere() throws IOException {
        put(T, 1f, 2f);
        file = HistoryFile.open(path);

        put(T, null, null, null, 4f);

        assertThat(mean(T, 1, 5)).containsExactly(1.0, 2.0, null, 4.0, null);
    }

    @Test
    void coarserTimesHaveMeanLeastAndMost() throws IOException {
        for (int i = 0; i < 360; i++) {
            put(T + i * 10L, 1f, (float) (i % 6), 6f);
        }

        for (int step : List.of(60, 600, 3600)) {
            Steps found = read(T, step, 1);
            assertThat(found.sum[0] / found.weight[0]).isCloseTo((1 + 2.5 + 6) / 3, within(1e-6));
            assertThat(found.least[0]).as("of a second").isZero();
            assertThat(found.most[0]).isEqualTo(6);
        }
    }

    @Test
    void eachTimeIsReadAsFineAsItIsKept() throws IOException {
        long end = T + YEAR;
        for (long second = T; second < end; second += 3600) {
            // Ten seconds of each hour are enough for every tier.
            fill(second, (second - T) / 3600f);
        }
        for (int i = 0; i < 100; i++) {
            fill(end + i * 10L, 7f);
        }

        assertThat(mean(end + 100, 1, 3)).containsExactly(7.0, 7.0, 7.0);
        assertThat(mean(end - 3600 * 24L * 300, 3600, 1)).containsExactly(366.0 * 24 - 24 * 300);
        assertThat(mean(end - 3600 * 24L * 20, 600, 2)).containsExactly(366.0 * 24 - 24 * 20, null);
        assertThat(mean(end - 3600 * 24L * 3, 60, 2)).containsExactly(366.0 * 24 - 24 * 3, null);
        assertThat(mean(end - 3600 * 5L, 10, 2)).containsExactly(366.0 * 24 - 5, null);
        assertThat(mean(end - 3600L * 24 * 200, 10, 2))
                .as("what is only known of the hour is that of each part of it")
                .containsExactly(366.0 * 24 - 24 * 200, 366.0 * 24 - 24 * 200);
    }

    @Test
    void whatWasNotMeasuredIsAGapHoweverOften() throws IOException {
        fill(T, 1);
        fill(T + 3600, 2);
        // A second lap of the finest ring, with the row of T + 10 never written anew.
        assertThat(mean(T + 3590, 10, 3)).containsExactly(null, 2.0, null);
        assertThat(mean(T, 10, 2)).containsExactly(1.0, null);
        assertThat(mean(T + 7200, 10, 2)).containsExactly(null, null);
    }

    @Test
    void aClockThatWasSetBackForgetsWhatWouldBeOfTheFuture() throws IOException {
        fill(T, 1);
        fill(T + 80_000, 2);

        float[][] now = new float[HistoryFile.BLOCK][];
        now[0] = new float[] {3};
        long forgotten = file.append(T + 100, now);

        assertThat(forgotten).isEqualTo(79_909);
        assertThat(file.newest()).isEqualTo(T + 100);
        assertThat(mean(T, 10, 1)).containsExactly(1.0);
        assertThat(mean(T + 100, 1, 1)).containsExactly(3.0);
        fill(T + 90_000, 4);
        for (Tier tier : HistoryFile.TIERS) {
            long row = (T + 80_000) / tier.step() * tier.step();
            assertThat(mean(row, tier.step(), 1)).as(tier.toString()).containsExactly((Double) null);
        }
    }

    @Test
    void aClockThatWasFarInTheFutureCostsNothingOnceItIsRight() throws IOException {
        fill(T, 1);
        fill(T + 10L * YEAR, 2);
        fill(T + 60, 3);

        assertThat(mean(T, 60, 2)).containsExactly(1.0, 3.0);
        assertThat(HistoryFile.open(path).newest()).isEqualTo(T + 69);
    }

    @Test
    void aFileThatIsNoneOfThemIsTold() throws IOException {
        fill(T, 1);
        byte[] whole = Files.readAllBytes(path);

        Files.write(path, Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> HistoryFile.open(path)).isInstanceOf(DamagedException.class);
        assertThatThrownBy(() -> fill(T + 10, 1)).isInstanceOf(DamagedException.class);
        Files.write(path, Arrays.copyOf(whole, 100));
        assertThatThrownBy(() -> HistoryFile.open(path)).isInstanceOf(DamagedException.class);
        Files.write(path, new byte[0]);
        assertThatThrownBy(() -> HistoryFile.open(path)).isInstanceOf(DamagedException.class);
        // Each byte that the head says something with.
        for (int at = 0; at < 58; at++) {
            byte[] bent = whole.clone();
            bent[at] ^= 0x55;
            Files.write(path, bent);
            assertThatThrownBy(() -> HistoryFile.open(path)).as("byte %d", at).isInstanceOf(DamagedException.class);
        }
        Files.write(path, whole);
        assertThat(HistoryFile.open(path).newest()).isEqualTo(T + 9);
    }

    /** As after a power cut: the newest second was written, and some of the rows were not. */
    @Test
    void rowsThatDidNotReachTheDiskAreGaps() throws IOException {
        for (int i = 0; i < 720; i++) {
            fill(T + i * 10L, i);
        }
        try (var channel = java.nio.channels.FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.allocate(4096), HistoryFile.HEAD);
        }

        file = HistoryFile.open(path);

        assertThat(mean(T + 3600, 1, 1)).containsExactly((Double) null);
        assertThat(mean(T + 7199, 1, 1)).containsExactly(719.0);
    }

    @Test
    void aFileOfFormerColumnsKeepsThoseThatAreLeft() throws IOException {
        Path old = directory.resolve("disk.history");
        var disk = new Subject(Subject.Kind.DISK, "vda");
        HistoryFile former = HistoryFile.create(old, "attic", disk, List.of(Metric.TASKS, Metric.DISK_BUSY));
        float[][] seconds = new float[HistoryFile.BLOCK][];
        Arrays.setAll(seconds, i -> new float[] {99, 0.5f});
        former.append(T, seconds);

        HistoryFile today = HistoryFile.open(old);

        assertThat(today.columns()).isEqualTo(Subject.Kind.DISK.columns());
        assertThat(Files.size(old)).isEqualTo(HistoryFile.size(5));
        List<Steps> read = today.read(new int[] {0, 4}, T, 10, 1);
        assertThat(read.get(0).isEmpty()).isTrue();
        assertThat(read.get(1).most[0]).isEqualTo(0.5f);
        assertThat(HistoryFile.open(old).newest()).isEqualTo(T + 9);
    }
}
