package dev.croft.telemetry.internal;

import dev.croft.fleet.EachBox;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.internal.HostSeries.Key;
import dev.croft.telemetry.internal.MeasuredHost.Latest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** One virtual thread for each box holds its subscription; whoever looks reads what has come. */
@Service
class Sampling implements Telemetry, SmartLifecycle {

    private static final int MOST_VALUES = 8784;
    private static final int FINE_VALUES = 720;

    /** Seconds. */
    private static final int[] STEPS = {
        10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400
    };

    private final Hosts hosts;
    private final HostLink link;
    private final TelemetryProperties properties;
    private final Clock clock;
    private final Room room;
    private final History history;
    private final EachBox<MeasuredHost> measured;

    Sampling(Hosts hosts, HostLink link, TelemetryProperties properties, Clock clock, Room room, History history) {
        this.hosts = hosts;
        this.link = link;
        this.properties = properties;
        this.clock = clock;
        this.room = room;
        this.history = history;
        this.measured = new EachBox<>(hosts, this::measure, MeasuredHost::end);
    }

    @Override
    public Window window(HostName host, @Nullable AppName app, Query query) {
        HostName name = hosts.get(host).name();
        // Whole seconds: the last one that is over.
        long now = clock.instant().getEpochSecond();
        long to = query.to() == null ? now : query.to().getEpochSecond();
        long from = query.from() == null ? to - HostSeries.SPAN : query.from().getEpochSecond();
        require(from < to, "from: it is before \"to\".");
        require(
                to - from <= HistoryFile.LONGEST,
                "from: the console keeps 366 days, so it is at most that before \"to\".");
        long asked = query.step() == null ? 0 : query.step().toSeconds();
        require(
                query.step() == null
                        || asked >= 1
                                && asked <= HistoryFile.LONGEST
                                && query.step().toNanosPart() == 0,
                "step: it is a number of whole seconds from 1 to " + HistoryFile.LONGEST + ".");
        long step = asked == 0 ? fitting(to - from) : asked;
        require(
                (to - from) / step <= MOST_VALUES,
                "step: so many values would be more than " + MOST_VALUES + "; it is at least "
                        + Math.ceilDiv(to - from, MOST_VALUES) + " for this time.");
        // Steps lie on a grid, so that the same moment has the same value in every answer.
        long first = Math.floorDiv(from, step) * step;
        int count = (int) Math.min(MOST_VALUES, Math.ceilDiv(to - first, step));
        String unit = app == null ? query.unit() : unitOf(app);

        MeasuredHost box = measured.find(name).orElse(null);
        Latest latest = box == null ? null : box.latest();
        SortedSet<String> units = history.units(name);
        if (box != null) {
            units.addAll(box.units());
        }
        return new Window(
                Instant.ofEpochSecond(first),
                Duration.ofSeconds(step),
                series(name, box, unit, query.only(), first, step, count),
                app == null ? List.copyOf(units) : List.of(),
                latest == null ? Map.of() : latest.gaps(),
                (latest == null ? 0 : latest.cut()) + (box == null ? 0 : box.withoutRoom()),
                latest == null ? null : latest.at(),
                box == null ? null : box.problem(),
                history.kept());
    }

    /** The finest step that gives no more values than a page shows, and beyond an hour one that people count in. */
    private static long fitting(long seconds) {
        long least = Math.max(1, Math.ceilDiv(seconds, FINE_VALUES));
        if (seconds <= HostSeries.SPAN) {
            return least;
        }
        for (int step : STEPS) {
            if (step >= least) {
                return step;
            }
        }
        return STEPS[STEPS.length - 1];
    }

    private static String unitOf(AppName app) {
        return "croft-app-" + app + ".service";
    }

    /** The hour in memory is the finer one and has the newest seconds; where it knows nothing, the history may. */
    private List<Series> series(
            HostName host,
            @Nullable MeasuredHost box,
            @Nullable String unit,
            Set<Metric> only,
            long from,
            long step,
            int count) {
        Map<Key, Steps> all = new TreeMap<>(HostSeries.IN_ORDER);
        if (box != null) {
            all.putAll(box.read(unit, only, from, step, count));
        }
        for (History.Found found : history.read(host, unit, only, from, step, count)) {
            Steps newest = all.get(found.key());
            all.put(found.key(), newest == null ? found.kept() : found.kept().orMoreOf(newest));
        }
        return all.entrySet().stream()
                .map(each -> each.getValue().series(each.getKey()))
                .toList();
    }

    @Override
    public Subscription follow(
            HostName host, @Nullable AppName app, @Nullable String unit, Consumer<Reading> listener) {
        return measured.find(hosts.get(host).name())
                .map(box -> box.follow(app == null ? unit : unitOf(app), listener))
                .orElse(() -> {});
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
        if (properties.measures()) {
            measured.start();
        }
    }

    @EventListener
    void enrolled(HostEnrolled event) {
        measured.enrolled(event);
    }

    @EventListener
    void cameBack(HostCameBack event) {
        measured.find(event.host().name()).ifPresent(MeasuredHost::lookAgain);
    }

    private MeasuredHost measure(Host host) {
        HostName name = host.name();
        MeasuredHost box = new MeasuredHost(name, () -> hosts.find(name), link, properties, clock, room, history);
        Thread.ofVirtual().name("telemetry-" + name).start(box);
        return box;
    }

    @Override
    public void stop() {
        measured.stop();
    }

    @Override
    public boolean isRunning() {
        return measured.isRunning();
    }
}
