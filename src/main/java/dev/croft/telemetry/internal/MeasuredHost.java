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
import dev.croft.telemetry.Telemetry.Series;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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
    private final Moments moments = new Moments();

    /** A permit: look again, for the call has ended, the box is back, or all is over. */
    private final Semaphore wake = new Semaphore(0);

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
            Room room) {
        this.name = name;
        this.host = host;
        this.link = link;
        this.properties = properties;
        this.clock = clock;
        this.series = new HostSeries(room);
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
            series.take(moments.second(measurement.atMicros(), now.toEpochMilli()), readings.of(measurement));
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
    }

    /** It answers again: no need to wait. */
    void lookAgain() {
        wake.release();
    }

    void end() {
        over = true;
        wake.release();
    }

    List<Series> read(@Nullable String unit, long from, int step, int count) {
        return series.read(unit, from, step, count);
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
