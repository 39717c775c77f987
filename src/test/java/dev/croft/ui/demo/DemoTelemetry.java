package dev.croft.ui.demo;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What the box in memory uses: calm waves, no disk controller of its own, and one gap. */
public class DemoTelemetry implements Telemetry {

    private static final int STEPS = 60;

    private final Clock clock;
    private final List<Consumer<Reading>> listeners = new CopyOnWriteArrayList<>();
    private final List<Query> asked = new CopyOnWriteArrayList<>();
    private volatile @Nullable Problem problem;

    DemoTelemetry(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Window window(HostName host, @Nullable AppName app, Query query) {
        asked.add(query);
        Instant to = query.to() == null ? clock.instant() : query.to();
        Instant from = query.from() == null ? to.minus(Duration.ofHours(1)) : query.from();
        boolean whole = app == null && query.unit() == null;
        List<Series> series = whole
                ? List.of(
                        wave(Metric.CPU, null, 0.6),
                        wave(Metric.MEMORY, null, 3e9),
                        wave(Metric.MEMORY_TOTAL, null, 8e9),
                        wave(Metric.DISK_READ, "vda", 1e6),
                        wave(Metric.NETWORK_SENT, "eth0", 2e5))
                : List.of(wave(Metric.CPU, null, 0.1), wave(Metric.MEMORY, null, 2e8), wave(Metric.TASKS, null, 12));
        return new Window(
                from,
                Duration.between(from, to).dividedBy(STEPS),
                series,
                app == null ? List.of("croft-app-blog.service", "nginx.service") : List.of(),
                Map.of("units.io", "The io controller is not part of this box's cgroup v2 hierarchy."),
                0,
                to,
                problem,
                new Kept(DataSize.ofMegabytes(512), DataSize.ofMegabytes(48), 180, List.of()));
    }

    private static Series wave(Metric metric, @Nullable String of, double about) {
        List<@Nullable Double> values = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            values.add(i == 20 ? null : Double.valueOf(about * (1 + 0.3 * Math.sin(i / 5.0))));
        }
        return new Series(metric, of, values, values, values);
    }

    @Override
    public Subscription follow(
            HostName host, @Nullable AppName app, @Nullable String unit, Consumer<Reading> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Says why the box is not measured, from now on; null: it is. */
    public void say(@Nullable Problem why) {
        problem = why;
        listeners.forEach(each -> each.accept(new Reading(clock.instant(), List.of(), 0, why)));
    }

    public List<Query> asked() {
        return List.copyOf(asked);
    }
}
