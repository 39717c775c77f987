package dev.croft.ui.metrics;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry.Series;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which metrics stand in one chart, and why there may be none.
 *
 * @param id its name in the page
 * @param gap the protocol's name of what is not measured then
 */
record ChartPlan(String id, String title, String gap, List<Line> lines) {

    /** @param label what it is; with which disk and so on before it where there are several */
    record Line(Metric metric, String label) {}

    private static final ChartPlan PROCESSOR = new ChartPlan(
            "cpu",
            mark("Processor"),
            "cpu",
            List.of(
                    new Line(Metric.CPU, mark("busy")),
                    new Line(Metric.CPU_IO_WAIT, mark("I/O wait")),
                    new Line(Metric.CPU_STEAL, mark("steal"))));
    private static final ChartPlan PRESSURE = new ChartPlan(
            "pressure",
            mark("Pressure (PSI)"),
            "pressure",
            List.of(
                    new Line(Metric.PRESSURE_CPU_SOME, mark("CPU, some")),
                    new Line(Metric.PRESSURE_MEMORY_SOME, mark("memory, some")),
                    new Line(Metric.PRESSURE_MEMORY_FULL, mark("memory, full")),
                    new Line(Metric.PRESSURE_IO_SOME, mark("I/O, some")),
                    new Line(Metric.PRESSURE_IO_FULL, mark("I/O, full"))));

    static final List<ChartPlan> OF_A_BOX = List.of(
            PROCESSOR,
            new ChartPlan(
                    "memory",
                    mark("Memory"),
                    "memory",
                    List.of(
                            new Line(Metric.MEMORY, mark("in use")),
                            new Line(Metric.MEMORY_CACHED, mark("page cache")),
                            new Line(Metric.MEMORY_TOTAL, mark("total")),
                            new Line(Metric.SWAP, mark("swap")))),
            PRESSURE,
            new ChartPlan(
                    "load",
                    mark("Load"),
                    "load",
                    List.of(
                            new Line(Metric.LOAD_1, mark("1 minute")),
                            new Line(Metric.LOAD_5, mark("5 minutes")),
                            new Line(Metric.LOAD_15, mark("15 minutes")))),
            new ChartPlan(
                    "disk",
                    mark("Disks"),
                    "disks",
                    List.of(new Line(Metric.DISK_READ, mark("read")), new Line(Metric.DISK_WRITTEN, mark("written")))),
            new ChartPlan(
                    "disk-busy", mark("Disks: time busy"), "disks", List.of(new Line(Metric.DISK_BUSY, mark("busy")))),
            new ChartPlan(
                    "network",
                    mark("Network"),
                    "interfaces",
                    List.of(
                            new Line(Metric.NETWORK_RECEIVED, mark("received")),
                            new Line(Metric.NETWORK_SENT, mark("sent")))),
            new ChartPlan(
                    "filesystem",
                    mark("File systems"),
                    "filesystems",
                    List.of(
                            new Line(Metric.FILE_SYSTEM_USED, mark("in use")),
                            new Line(Metric.FILE_SYSTEM_TOTAL, mark("total")))),
            new ChartPlan(
                    "temperature",
                    mark("Temperatures"),
                    "temperatures",
                    List.of(new Line(Metric.TEMPERATURE, mark("temperature")))));

    static final List<ChartPlan> OF_A_UNIT = List.of(
            new ChartPlan(
                    "cpu",
                    PROCESSOR.title,
                    "units",
                    List.of(
                            new Line(Metric.CPU, mark("busy")),
                            new Line(Metric.CPU_USER, mark("user")),
                            new Line(Metric.CPU_SYSTEM, mark("system")))),
            new ChartPlan(
                    "memory",
                    mark("Memory"),
                    "units.memory",
                    List.of(
                            new Line(Metric.MEMORY, mark("in use")),
                            new Line(Metric.MEMORY_PEAK, mark("peak since it started")))),
            new ChartPlan("pressure", PRESSURE.title, "units.pressure", PRESSURE.lines),
            new ChartPlan(
                    "throttled",
                    mark("CPU throttled"),
                    "units.throttling",
                    List.of(new Line(Metric.CPU_THROTTLED, mark("throttled")))),
            new ChartPlan(
                    "io",
                    mark("Disks"),
                    "units.io",
                    List.of(new Line(Metric.IO_READ, mark("read")), new Line(Metric.IO_WRITTEN, mark("written")))),
            new ChartPlan(
                    "memory-events",
                    mark("Memory limit events"),
                    "units.memory",
                    List.of(
                            new Line(Metric.MEMORY_HIGH, mark("high events")),
                            new Line(Metric.MEMORY_MAX, mark("max events")),
                            new Line(Metric.MEMORY_OOM, mark("OOM kills")))),
            new ChartPlan(
                    "tasks",
                    mark("Processes and threads"),
                    "units.pids",
                    List.of(new Line(Metric.TASKS, mark("tasks")))));

    String titleText() {
        return marked(title);
    }

    Metric.Measure measure() {
        return lines.getFirst().metric().measure();
    }

    /** Why the box does not measure it; empty: it does. */
    String why(Map<String, String> gaps) {
        String words = gaps.get(gap);
        if (words == null && gap.startsWith("units")) {
            words = gaps.get("units");
        }
        return words == null ? "" : t("Not measured: {0}", GapWords.of(words));
    }

    /** Those that it shows, in the order of its lines. */
    Stream<Shown> of(List<Series> series) {
        return lines.stream()
                .flatMap(line -> series.stream()
                        .filter(each -> each.metric() == line.metric())
                        // What is nowhere but zero from end to end (no swap, no machine below) only takes room.
                        .filter(each -> !isRare(each.metric())
                                || each.values().stream()
                                        .filter(Objects::nonNull)
                                        .anyMatch(value -> value > 0))
                        .map(each -> new Shown(key(each.metric(), each.of()), label(line, each.of()), each)));
    }

    private static boolean isRare(Metric metric) {
        return metric == Metric.SWAP || metric == Metric.CPU_STEAL;
    }

    private static String label(Line line, @Nullable String of) {
        return of == null ? marked(line.label()) : t("{0}: {1}", of, marked(line.label()));
    }

    /** What the page calls a series. */
    static String key(Metric metric, @Nullable String of) {
        return of == null ? metric.wireName() : metric.wireName() + "|" + of;
    }

    record Shown(String key, String label, Series series) {}
}
