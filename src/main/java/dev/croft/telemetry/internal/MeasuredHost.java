package dev.croft.telemetry.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand.MeasuringEnd;
import dev.croft.hostlink.HostCommand.Metrics;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one subscription of a box, and what came of it. It begins anew for as long as the box is there. */
final class MeasuredHost implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(MeasuredHost.class);

    /** How long a box may be silent beyond its interval. */
    private static final Duration SILENCE = Duration.ofSeconds(45);

    private final HostName name;
    private final Supplier<Optional<Host>> host;
    private final HostLink link;
    private final TelemetryProperties properties;
    private final Clock clock;
    private final HostSeries series;
    private final History history;
    private final Moments moments = new Moments();
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();

    /** A permit: look again, for the call has ended, the box is back, or all is over. */
    private final Semaphore wake = new Semaphore(0);

    private final Object gathering = new Object();

    /** What goes to the history next; guarded by {@link #gathering}. */
    private @Nullable HistoryBlock gathered;

    private volatile boolean over;
    private volatile @Nullable Latest latest;
    private volatile @Nullable Problem problem;

    /** What is shown beside the values. */
    record Latest(Instant at, Map<String, String> gaps, int cut) {}

    /** @param host read anew for each try: a box may be moved */
    MeasuredHost(
            HostName name,
            Supplier<Optional<Host>> host,
            HostLink link,
            TelemetryProperties properties,
            Clock clock,
            Room room,
            History history) {
        this.name = name;
        this.host = host;
        this.link = link;
        this.properties = properties;
        this.clock = clock;
        this.series = new HostSeries(room);
        this.history = history;
    }

    @Override
    public void run() {
        Duration pause = properties.retryFirst();
        try {
            while (!over) {
                Latest before = latest;
                try {
                    Optional<Host> found = host.get();
                    if (found.isPresent()) {
                        measure(found.get());
                    }
                } catch (ProblemException e) {
                    note(e.problem());
                } catch (RuntimeException e) {
                    log.error("Measuring {} failed; it is tried again", name, e);
                }
                boolean worked = latest != before;
                pause = worked ? properties.retryFirst() : pause.multipliedBy(2);
                if (pause.compareTo(properties.retryMost()) > 0) {
                    pause = properties.retryMost();
                }
                if (!over && wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    pause = properties.retryFirst();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            series.release();
        }
    }

    /** Returns when the subscription has ended, for whatever reason. */
    private void measure(Host box) throws InterruptedException {
        int interval = (int) properties.interval().toSeconds();
        Readings readings = new Readings(interval);
        moments.restart();
        wake.drainPermits();
        long patience = interval + SILENCE.toSeconds();
        try (HostCall<MeasuringEnd> call =
                link.open(box.endpoint(), new Metrics(interval), reply -> take(readings, reply))) {
            call.result().whenComplete((result, failure) -> wake.release());
            while (!over && !call.result().isDone()) {
                Latest before = latest;
                // A measurement wakes nobody: it is only looked whether there was one.
                if (!wake.tryAcquire(patience, TimeUnit.SECONDS) && latest == before) {
                    log.warn("{} has said nothing for {} seconds; measuring it begins anew", name, patience);
                    return;
                }
            }
            if (call.result().isCompletedExceptionally()
                    && call.result().exceptionNow() instanceof ProblemException failure
                    && !over) {
                throw failure;
            }
        } finally {
            // That the call has ended is known by now: nobody is to be asked again at once for it.
            wake.drainPermits();
        }
    }

    private void take(Readings readings, HostReply reply) {
        if (reply instanceof Measurement measurement) {
            Instant now = clock.instant();
            long second = moments.second(measurement.atMicros(), now.toEpochMilli());
            Map<Key, Double> values = readings.of(measurement);
            series.take(second, values);
            keep(second, values);
            followers.forEach(follower -> follower.offer(second, values));
            latest = new Latest(now, measurement.gaps(), measurement.cut());
            problem = null;
        }
    }

    private void note(Problem found) {
        Problem before = problem;
        if (before == null || before.code() != found.code()) {
            log.info("{} is not measured: {} {}", name, found.code(), found.why());
        }
        problem = found;
        followers.forEach(follower -> follower.offer(found));
    }

    private void keep(long second, Map<Key, Double> values) {
        synchronized (gathering) {
            if (gathered != null && gathered.first() != HistoryBlock.firstOf(second)) {
                history.put(gathered);
                gathered = null;
            }
            if (gathered == null) {
                gathered = new HistoryBlock(name, second);
            }
            gathered.put(second, values);
        }
    }

    private void keepRest() {
        synchronized (gathering) {
            if (gathered != null) {
                history.put(gathered);
                gathered = null;
            }
        }
    }

    /** @param unit null: the whole box */
    Subscription follow(@Nullable String unit, Consumer<Reading> listener) {
        Follower follower = new Follower(unit, listener, clock, followers::remove);
        followers.add(follower);
        Problem now = problem;
        if (now != null) {
            follower.offer(now);
        }
        Thread.ofVirtual().name("telemetry-follow-" + name).start(follower);
        return follower;
    }

    /** It answers again: no need to wait. */
    void lookAgain() {
        wake.release();
    }

    /** What is gathered goes to the history. */
    void end() {
        over = true;
        keepRest();
        followers.forEach(Follower::close);
        wake.release();
    }

    Map<Key, Steps> read(@Nullable String unit, Set<Metric> only, long from, long step, int count) {
        return series.read(unit, only, from, step, count);
    }

    SortedSet<String> units() {
        return series.units();
    }

    int withoutRoom() {
        return series.refused();
    }

    @Nullable
    Latest latest() {
        return latest;
    }

    @Nullable
    Problem problem() {
        return problem;
    }
}
