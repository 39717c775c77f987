package dev.croft.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class HistoryTest {

    private static final long T = 1_795_000_000 / 86_400 * 86_400;
    private static final HostName ATTIC = new HostName("attic");
    private static final Key CPU = new Key(null, Metric.CPU, null);
    private static final String SHOP = "croft-app-shop.service";

    @TempDir
    private Path directory;

    private History history(DataSize size) {
        return new History(directory.resolve("history"), size);
    }

    private static Key cpu(String unit) {
        return new Key(unit, Metric.CPU, null);
    }

    private static void measure(History history, long second, Map<Key, Double> values) throws InterruptedException {
        var block = new HistoryBlock(ATTIC, second);
        block.put(second, values);
        history.put(block);
        history.flush();
    }

    private static List<Double> mean(History history, Key key, long from, long step, int count) {
        return history.read(ATTIC, key.unit(), Set.of(key.metric()), from, step, count).stream()
                .filter(found -> found.key().equals(key))
                .map(found -> found.kept().series(key).values())
                .findFirst()
                .orElse(List.of());
    }

    private static List<String> notes(History history) {
        return history.kept().notes().stream().map(Phrase::english).toList();
    }

    private long onDisk() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(path -> path.toFile().length())
                    .sum();
        }
    }

    @Test
    void whatWasMeasuredIsThereAfterARestart() throws Exception {
        Key written = new Key(null, Metric.DISK_WRITTEN, "vda");
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.5, cpu(SHOP), 0.5, written, 4096.0));
        }

        try (History history = history(DataSize.ofMegabytes(64))) {
            assertThat(mean(history, CPU, T, 1, 1)).containsExactly(1.5);
            assertThat(mean(history, cpu(SHOP), T, 1, 1)).containsExactly(0.5);
            assertThat(mean(history, written, T, 1, 1)).containsExactly(4096.0);
            assertThat(history.units(ATTIC)).containsExactly(SHOP);
            assertThat(history.units(new HostName("cellar"))).isEmpty();
            assertThat(history.kept().series()).isEqualTo(18 + 18 + 5);
            assertThat(history.kept().taken().toBytes()).isEqualTo(onDisk());
            assertThat(notes(history)).isEmpty();
        }
    }

    /** Whatever is measured has a place, so that nobody adds a metric and forgets its history. */
    @Test
    void everyMetricHasAColumn() {
        for (Metric metric : Metric.values()) {
            assertThat(Stream.of(Subject.Kind.values()).filter(kind -> kind.column(metric) >= 0))
                    .as(metric.wireName())
                    .isNotEmpty();
        }
    }

    @Test
    void unitsThatComeAndGoDoNotMakeItGrow() throws Exception {
        long limit = DataSize.ofMegabytes(64).toBytes();
        try (History history = history(DataSize.ofMegabytes(64))) {
            // Each lasts for eleven minutes, and much later another one comes.
            for (int unit = 0; unit < 40; unit++) {
                long begin = T + unit * 7200L;
                for (int second = 0; second <= 660; second += 10) {
                    measure(history, begin + second, Map.of(CPU, 1.0, cpu("run-" + unit + ".scope"), 1.0));
                }
                assertThat(onDisk()).isLessThanOrEqualTo(limit);
            }
            assertThat(history.units(ATTIC)).contains("run-39.scope").doesNotContain("run-0.scope");
            assertThat(mean(history, CPU, T + 39 * 7200L, 10, 1)).containsExactly(1.0);
            assertThat(notes(history)).isEmpty();
        }
    }

    @Test
    void aUnitOfMomentsHasNoHistory() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            for (int i = 0; i < 200; i++) {
                measure(history, T + i * 10, Map.of(cpu("croft-op-" + i + ".service"), 1.0, cpu(SHOP), 1.0));
            }
            assertThat(history.units(ATTIC)).containsExactly(SHOP);
        }
    }

    @Test
    void whenThereIsNoRoomThatIsToldAndTheOthersGoOn() throws Exception {
        try (History history = history(DataSize.ofMegabytes(16))) {
            Map<Key, Double> values = new HashMap<>(Map.of(CPU, 1.0));
            for (int app = 0; app < 5; app++) {
                values.put(cpu("croft-app-a" + app + ".service"), 1.0);
            }
            measure(history, T, values);

            assertThat(history.units(ATTIC).size()).isLessThanOrEqualTo(2);
            assertThat(notes(history)).singleElement().asString().startsWith("There is no room for the history of ");
            assertThat(onDisk()).isLessThanOrEqualTo(DataSize.ofMegabytes(16).toBytes());

            // A day later two of them are gone, and their room is others'.
            values.keySet()
                    .removeIf(key -> key.unit() != null && history.units(ATTIC).contains(key.unit()));
            measure(history, T + 86_410 * 2, values);
            assertThat(history.units(ATTIC)).isNotEmpty().allMatch(unit -> values.containsKey(cpu(unit)));
        }
    }

    @Test
    void aSmallerLimitIsKeptFromTheNextStartOn() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            for (int app = 0; app < 5; app++) {
                measure(history, T + app * 10, Map.of(cpu("croft-app-a" + app + ".service"), 1.0));
            }
        }
        try (History history = history(DataSize.ofMegabytes(16))) {
            assertThat(onDisk()).isLessThanOrEqualTo(DataSize.ofMegabytes(16).toBytes());
            assertThat(history.units(ATTIC)).contains("croft-app-a4.service").doesNotContain("croft-app-a0.service");
        }
    }

    @Test
    void aDamagedFileIsSetAsideAndTold() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.0, cpu(SHOP), 2.0));
        }
        Path torn = file("unit-");
        Files.write(torn, new byte[] {1, 2, 3});

        try (History history = history(DataSize.ofMegabytes(64))) {
            assertThat(mean(history, CPU, T, 1, 1)).containsExactly(1.0);
            assertThat(notes(history)).containsExactly("1 damaged file was set aside; that history began anew.");
            assertThat(torn.resolveSibling(torn.getFileName() + ".damaged")).hasBinaryContent(new byte[] {1, 2, 3});

            measure(history, T + 10, Map.of(CPU, 1.0, cpu(SHOP), 3.0));
            assertThat(mean(history, cpu(SHOP), T, 10, 2)).containsExactly(null, 3.0);
        }
    }

    @Test
    void aFileThatIsCutOffWhileTheConsoleRunsBeginsAnew() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.0));
            try (var channel =
                    java.nio.channels.FileChannel.open(file("box-"), java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(5000);
            }
            measure(history, T + 10, Map.of(CPU, 2.0));
            measure(history, T + 20, Map.of(CPU, 3.0));

            assertThat(mean(history, CPU, T, 10, 3)).containsExactly(null, null, 3.0);
            assertThat(notes(history)).hasSize(1);
        }
    }

    @Test
    void aDirectoryThatIsDeletedIsMadeAgain() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.0));
            org.springframework.util.FileSystemUtils.deleteRecursively(directory.resolve("history"));
            assertThat(mean(history, CPU, T, 1, 1)).isEmpty();

            measure(history, T + 10, Map.of(CPU, 2.0));
            measure(history, T + 20, Map.of(CPU, 3.0));

            assertThat(mean(history, CPU, T + 20, 1, 1)).containsExactly(3.0);
        }
    }

    @Test
    void whatCannotBeWrittenIsToldAndTriedAgain() throws Exception {
        Path place = directory.resolve("history");
        Files.writeString(place, "in the way");
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.0));
            assertThat(notes(history)).singleElement().asString().startsWith("The history cannot be kept now (");

            Files.delete(place);
            measure(history, T + 10, Map.of(CPU, 2.0));

            assertThat(notes(history)).isEmpty();
            assertThat(mean(history, CPU, T + 10, 1, 1)).containsExactly(2.0);
        }
    }

    @Test
    void aDirectoryThatMayNotBeWrittenIsTold() throws Exception {
        // One in which nobody makes a directory, not even root, as whom tests may run.
        Files.createSymbolicLink(directory.resolve("history"), Path.of("/proc/sys/vm"));
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T, Map.of(CPU, 1.0));

            assertThat(notes(history)).singleElement().asString().startsWith("The history cannot be kept now (");
            assertThat(mean(history, CPU, T, 1, 1)).isEmpty();
        }
    }

    @Test
    void aClockThatWasSetBackIsTold() throws Exception {
        try (History history = history(DataSize.ofMegabytes(64))) {
            measure(history, T + 86_400, Map.of(CPU, 1.0));
            measure(history, T, Map.of(CPU, 2.0));
            measure(history, -100, Map.of(CPU, 2.0));

            assertThat(mean(history, CPU, T, 1, 1)).containsExactly(2.0);
            assertThat(notes(history))
                    .containsExactly(
                            "The console’s clock was set back by 86,400 seconds. What had been measured in that time is forgotten.");
        }
    }

    @Test
    void withoutRoomForAnyNothingIsWritten() throws Exception {
        try (History history = history(DataSize.ofBytes(0))) {
            history.put(new HistoryBlock(ATTIC, T));
            history.flush();
            assertThat(directory.resolve("history")).doesNotExist();
            assertThat(notes(history)).containsExactly("The console is set to keep no more than the last hour.");
        }
    }

    private Path file(String beginning) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(path -> path.getFileName().toString().startsWith(beginning))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /**
     * A year of simulated time, measured as often as each part of it can still show: its last day each ten seconds. Memory stays as it
     * was, and everything that a page shows of the box is read within the limit.
     */
    @Test
    void aYearTakesNoMemoryAndIsReadInLessThanFiftyMilliseconds() throws Exception {
        long end = T + 366L * 86_400;
        var random = new Random(7);
        try (History history = history(DataSize.ofMegabytes(64))) {
            long before = 0;
            long second = T;
            while (second < end) {
                var block = new HistoryBlock(ATTIC, second);
                Map<Key, Double> values = new HashMap<>();
                Subject.Kind.BOX
                        .columns()
                        .forEach(metric -> values.put(new Key(null, metric, null), random.nextDouble()));
                Subject.Kind.DISK
                        .columns()
                        .forEach(metric -> values.put(new Key(null, metric, "vda"), random.nextDouble()));
                Subject.Kind.NETWORK
                        .columns()
                        .forEach(metric -> values.put(new Key(null, metric, "eth0"), random.nextDouble()));
                block.put(second, values);
                history.put(block);
                history.flush();
                if (before == 0 && second - T > 30L * 86_400) {
                    before = usedHeap();
                }
                second += end - second <= 86_400 ? 10 : 1200;
            }
            long grown = usedHeap() - before;

            System.out.printf(
                    "history of a year: %d series, %d kB, heap grown by %d kB since its first month%n",
                    history.kept().series(), onDisk() / 1000, grown / 1000);
            assertThat(grown).isLessThan(4_000_000);
            Map<String, long[]> ranges = Map.of(
                    "15 min", new long[] {900, 2},
                    "1 h", new long[] {3600, 5},
                    "day", new long[] {86_400, 120},
                    "week", new long[] {7 * 86_400, 1200},
                    "month", new long[] {31L * 86_400, 7200},
                    "year", new long[] {366L * 86_400, 86_400},
                    "year, by hours", new long[] {366L * 86_400, 3600});
            ranges.forEach((name, range) -> {
                List<Double> millis = new ArrayList<>();
                for (int i = 0; i < 21; i++) {
                    long begun = System.nanoTime();
                    var found =
                            history.read(ATTIC, null, Set.of(), end - range[0], range[1], (int) (range[0] / range[1]));
                    found.forEach(each -> each.kept().series(each.key()));
                    millis.add((System.nanoTime() - begun) / 1e6);
                    assertThat(found).hasSize(26);
                }
                double first = millis.getFirst();
                double median = millis.stream().sorted().toList().get(10);
                System.out.printf("history, %s: first %.1f ms, median %.1f ms%n", name, first, median);
                // The machine may have other things to do; one that is always too slow is too slow.
                assertThat(millis).as(name).anyMatch(each -> each < 50);
            });
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
