package dev.croft.telemetry.internal;

import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.internal.MeasuredHost.Latest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** One virtual thread for each box holds its subscription; whoever looks reads what has come. */
@Service
class Sampling implements Telemetry, SmartLifecycle {

    private static final int MOST_VALUES = HostSeries.SPAN;
    private static final int FINE_VALUES = 720;

    private final Hosts hosts;
    private final HostLink link;
    private final TelemetryProperties properties;
    private final Clock clock;
    private final Room room;
    private final Map<HostName, MeasuredHost> measured = new ConcurrentHashMap<>();
    private volatile boolean running;

    Sampling(Hosts hosts, HostLink link, TelemetryProperties properties, Clock clock, Room room) {
        this.hosts = hosts;
        this.link = link;
        this.properties = properties;
        this.clock = clock;
        this.room = room;
    }

    @Override
    public Window window(HostName host, @Nullable AppName app, Query query) {
        HostName name = hosts.get(host).name();
        // Whole seconds: the last one that is over.
        long now = clock.instant().getEpochSecond();
        long to = query.to() == null ? now : query.to().getEpochSecond();
        long from = query.from() == null ? to - HostSeries.SPAN : query.from().getEpochSecond();
        require(from < to, "from: it is before \"to\".");
        require(to - from <= HostSeries.SPAN, "from: the console keeps an hour, so it is at most one before \"to\".");
        long asked = query.step() == null ? 0 : query.step().toSeconds();
        require(
                query.step() == null
                        || asked >= 1
                                && asked <= HostSeries.SPAN
                                && query.step().toNanosPart() == 0,
                "step: it is a number of whole seconds from 1 to " + HostSeries.SPAN + ".");
        long step = asked == 0 ? Math.max(1, Math.ceilDiv(to - from, FINE_VALUES)) : asked;
        // Steps lie on a grid, so that the same moment has the same value in every answer.
        long first = Math.floorDiv(from, step) * step;
        int count = (int) Math.min(MOST_VALUES, Math.ceilDiv(to - first, step));
        String unit = app == null ? query.unit() : "croft-app-" + app + ".service";

        MeasuredHost box = measured.get(name);
        Instant start = Instant.ofEpochSecond(first);
        Duration width = Duration.ofSeconds(step);
        if (box == null) {
            return new Window(start, width, List.of(), List.of(), Map.of(), 0, null, null);
        }
        Latest latest = box.latest();
        return new Window(
                start,
                width,
                box.read(unit, first, (int) step, count),
                app == null ? List.copyOf(box.units()) : List.of(),
                latest == null ? Map.of() : latest.gaps(),
                (latest == null ? 0 : latest.cut()) + box.withoutRoom(),
                latest == null ? null : latest.at(),
                box.problem());
    }

    private static void require(boolean holds, String why) {
        if (!holds) {
            throw Problem.of(ProblemCode.INVALID_INPUT, "Nothing was read.", why, "Correct it and try again.")
                    .toException();
        }
    }

    // ---- the subscriptions

    @Override
    public void start() {
        running = true;
        hosts.all().forEach(this::watch);
    }

    @EventListener
    void enrolled(HostEnrolled event) {
        if (running) {
            watch(event.host());
        }
    }

    @EventListener
    void cameBack(HostCameBack event) {
        MeasuredHost box = measured.get(event.host().name());
        if (box != null) {
            box.lookAgain();
        }
    }

    private void watch(Host host) {
        if (!properties.measures()) {
            return;
        }
        measured.computeIfAbsent(host.name(), name -> {
            MeasuredHost box = new MeasuredHost(name, () -> hosts.find(name), link, properties, clock, room);
            Thread.ofVirtual().name("telemetry-" + name).start(box);
            return box;
        });
    }

    @Override
    public void stop() {
        running = false;
        measured.values().forEach(MeasuredHost::end);
        measured.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
