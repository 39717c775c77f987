package dev.croft.telemetry.internal;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.telemetry.Exposition;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.telemetry.Telemetry.Series;
import dev.croft.telemetry.Telemetry.Window;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * The newest values as Prometheus wants them: base units in the names, one name for each metric, and labels for what it is of. They are
 * rates where the box counts, because that is what the console keeps; who wants the counters themselves asks the box's exporters.
 */
@Service
class PrometheusPage implements Exposition {

    private static final Pattern APP = Pattern.compile("croft-app-([a-z][a-z0-9-]{0,30})\\.service");

    /** How many measurements back a value may lie; an older one is not the newest any more. */
    private static final int FRESH = 5;

    private final Telemetry telemetry;
    private final Hosts hosts;
    private final Sight sight;
    private final TelemetryProperties properties;
    private final Clock clock;
    private final ExpositionFormats formats = ExpositionFormats.init();

    PrometheusPage(Telemetry telemetry, Hosts hosts, Sight sight, TelemetryProperties properties, Clock clock) {
        this.telemetry = telemetry;
        this.hosts = hosts;
        this.sight = sight;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public Page scrape(@Nullable String accept) {
        Predicate<Scope> sees = sight.may(Role.VIEWER);
        Gauges gauges = new Gauges();
        for (Host host : hosts.list()) {
            box(host.name(), sees, gauges);
        }
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        if (sees.test(Scope.EVERYWHERE)) {
            console(gauges, all);
        }
        gauges.addTo(all);
        ExpositionFormatWriter writer = formats.findWriter(accept);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            writer.write(body, all.build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Page(writer.getContentType(), body.toByteArray());
    }

    /** By the names that Prometheus' own libraries give them. */
    private static void console(Gauges gauges, MetricSnapshots.Builder all) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        used(gauges, "heap", memory.getHeapMemoryUsage());
        used(gauges, "nonheap", memory.getNonHeapMemoryUsage());
        gauges.put(
                "jvm_threads_current",
                "Platform threads.",
                Labels.EMPTY,
                ManagementFactory.getThreadMXBean().getThreadCount());
        gauges.put(
                "process_start_time_seconds",
                "When the console was started, since 1970.",
                Labels.EMPTY,
                ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean process) {
            gauges.put("process_open_fds", "Open files.", Labels.EMPTY, process.getOpenFileDescriptorCount());
            all.metricSnapshot(CounterSnapshot.builder()
                    .name("process_cpu_seconds")
                    .help("Processor time of the console.")
                    .dataPoint(CounterDataPointSnapshot.builder()
                            .value(process.getProcessCpuTime() / 1e9)
                            .build())
                    .build());
        }
    }

    private static void used(Gauges gauges, String area, MemoryUsage usage) {
        gauges.put("jvm_memory_used_bytes", "Memory in use.", Labels.of("area", area), usage.getUsed());
    }

    private void box(HostName host, Predicate<Scope> sees, Gauges gauges) {
        Instant to = clock.instant().plusSeconds(1);
        Instant from = to.minus(properties.interval().multipliedBy(FRESH)).minusSeconds(1);
        Window window = window(host, null, from, to);
        boolean whole = sees.test(Scope.of(host));
        if (whole) {
            boolean up = window.problem() == null
                    && window.measuredAt() != null
                    && !window.measuredAt().isBefore(from);
            gauges.put(
                    "croft_host_up",
                    "Whether the console measures the box now.",
                    Labels.of("host", host.value()),
                    up ? 1 : 0);
            window.series().forEach(series -> put("croft_host_", series, null, host, gauges));
        }
        for (String unit : window.units()) {
            AppName app = appOf(unit);
            if (whole || app != null && sees.test(Scope.of(host, app))) {
                window(host, unit, from, to).series().forEach(series -> put("croft_unit_", series, unit, host, gauges));
            }
        }
    }

    private static @Nullable AppName appOf(String unit) {
        Matcher matcher = APP.matcher(unit);
        return matcher.matches() ? new AppName(matcher.group(1)) : null;
    }

    private Window window(HostName host, @Nullable String unit, Instant from, Instant to) {
        return telemetry.window(host, null, new Query(unit, from, to, Duration.ofSeconds(1)));
    }

    private static void put(String prefix, Series series, @Nullable String unit, HostName host, Gauges gauges) {
        Double value = newest(series.values());
        if (value == null) {
            return;
        }
        Metric metric = series.metric();
        String name = prefix + metric.wireName().replace('.', '_') + suffix(metric.measure());
        Labels labels = Labels.of("host", host.value());
        if (unit != null) {
            labels = labels.add("unit", unit);
        }
        if (series.of() != null) {
            labels = labels.add("of", series.of());
        }
        gauges.put(name, metric.wireName() + " in " + metric.measure().wireName(), labels, value);
    }

    private static @Nullable Double newest(List<@Nullable Double> values) {
        for (Double value : values.reversed()) {
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static String suffix(Metric.Measure measure) {
        return switch (measure) {
            case CORES -> "_cores";
            case BYTES -> "_bytes";
            case BYTES_PER_SECOND -> "_bytes_per_second";
            case PER_SECOND -> "_per_second";
            case COUNT -> "";
            case RATIO -> "_ratio";
            case CELSIUS -> "_celsius";
        };
    }

    /** All values of a name stand together, whatever they are of. */
    private static final class Gauges {

        private final Map<String, GaugeSnapshot.Builder> byName = new TreeMap<>();

        void put(String name, String help, Labels labels, double value) {
            byName.computeIfAbsent(
                            name, one -> GaugeSnapshot.builder().name(one).help(help))
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
        }

        void addTo(MetricSnapshots.Builder all) {
            byName.values().forEach(gauge -> all.metricSnapshot(gauge.build()));
        }
    }
}
