package dev.croft.alerts.internal;

import dev.croft.alerts.UnitNow;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand.MeasuringEnd;
import dev.croft.hostlink.HostCommand.WatchUnits;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.UnitStates;
import dev.croft.hostlink.UnitStates.SeenUnit;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One box's subscription to the states of its units, and what came of it. It begins anew for as long as the box is there. */
final class UnitWatch implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(UnitWatch.class);

    /** A box says something every 20 seconds. */
    private static final Duration SILENCE = Duration.ofSeconds(75);

    private static final Duration PAUSE_FIRST = Duration.ofSeconds(1);
    private static final Duration PAUSE_MOST = Duration.ofSeconds(30);
    /** How far back falls are counted, and how many at most. */
    static final Duration WINDOW = Duration.ofMinutes(10);

    private static final int FALLS_MOST = 100;

    private final HostName name;
    private final Hosts hosts;
    private final HostLink link;
    private final Clock clock;
    private final Runnable news;
    private final Semaphore wake = new Semaphore(0);
    private final Map<String, SeenUnit> units = new TreeMap<>();
    private final Map<String, Falls> falls = new HashMap<>();
    private @Nullable Instant seenAt;
    private boolean current;
    private volatile boolean over;
    private @Nullable Problem problem;

    /** When a unit was started again by itself, and when it was killed for want of memory. */
    private static final class Falls {
        final Deque<Instant> restarts = new ArrayDeque<>();
        final Deque<Instant> kills = new ArrayDeque<>();

        /** How it looked when it had fallen last: once it runs again it says nothing of that. */
        @Nullable
        SeenUnit last;

        void add(Deque<Instant> to, int times, Instant at) {
            for (int i = 0; i < Math.min(times, FALLS_MOST); i++) {
                to.addLast(at);
            }
            while (to.size() > FALLS_MOST) {
                to.removeFirst();
            }
        }
    }

    /**
     * @param restarts within {@link #WINDOW}; likewise {@code kills}
     * @param fallen as it was when it had fallen last; as it is, when nobody has seen that
     */
    record Counted(SeenUnit unit, int restarts, int kills, SeenUnit fallen) {}

    UnitWatch(HostName name, Hosts hosts, HostLink link, Clock clock, Runnable news) {
        this.name = name;
        this.hosts = hosts;
        this.link = link;
        this.clock = clock;
        this.news = news;
    }

    @Override
    public void run() {
        Duration pause = PAUSE_FIRST;
        try {
            while (!over) {
                Instant before = seen();
                try {
                    Host host = hosts.find(name).orElse(null);
                    if (host != null) {
                        watch(host);
                    }
                } catch (ProblemException e) {
                    note(e.problem());
                } catch (RuntimeException e) {
                    log.error("Watching the units of {} failed; it is tried again", name, e);
                } finally {
                    cut();
                }
                pause = java.util.Objects.equals(before, seen()) ? pause.multipliedBy(2) : PAUSE_FIRST;
                if (pause.compareTo(PAUSE_MOST) > 0) {
                    pause = PAUSE_MOST;
                }
                if (!over && wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    pause = PAUSE_FIRST;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when the subscription has ended, for whatever reason. */
    private void watch(Host host) throws InterruptedException {
        wake.drainPermits();
        try (HostCall<MeasuringEnd> call = link.open(host.endpoint(), new WatchUnits(), this::take)) {
            call.result().whenComplete((result, failure) -> wake.release());
            while (!over && !call.result().isDone()) {
                Instant before = seen();
                if (!wake.tryAcquire(SILENCE.toMillis(), TimeUnit.MILLISECONDS)
                        && java.util.Objects.equals(before, seen())) {
                    log.warn("{} has said nothing of its units for {}; it is asked anew", name, SILENCE);
                    return;
                }
            }
            if (call.result().isCompletedExceptionally()
                    && call.result().exceptionNow() instanceof ProblemException failure
                    && !over) {
                throw failure;
            }
        } finally {
            wake.drainPermits();
        }
    }

    private void take(HostReply reply) {
        if (reply instanceof UnitStates states) {
            take(states, clock.instant());
            if (states.whole() || !states.units().isEmpty() || !states.gone().isEmpty()) {
                news.run();
            }
        }
    }

    synchronized void take(UnitStates states, Instant now) {
        if (states.whole()) {
            List<String> told = states.units().stream().map(SeenUnit::unit).toList();
            units.keySet().retainAll(told);
        }
        for (SeenUnit unit : states.units()) {
            SeenUnit before = units.put(unit.unit(), unit);
            count(before, unit, now);
        }
        states.gone().forEach(units::remove);
        falls.keySet().retainAll(units.keySet());
        seenAt = now;
        current = true;
        problem = null;
    }

    private void count(@Nullable SeenUnit before, SeenUnit unit, Instant now) {
        Falls fallen = falls.computeIfAbsent(unit.unit(), unused -> new Falls());
        if (before != null && unit.restarts() < before.restarts()) {
            // Somebody started it anew: what was before is no loop any more.
            fallen.restarts.clear();
            fallen.kills.clear();
        }
        int fresh = before == null ? 0 : Math.max(0, unit.restarts() - before.restarts());
        fallen.add(fallen.restarts, fresh, now);
        if (!unit.result().equals("success")) {
            fallen.last = unit;
        }
        boolean killed = unit.result().equals("oom-kill");
        boolean knownKill =
                before != null && before.result().equals("oom-kill") && before.restarts() == unit.restarts();
        if (killed && !knownKill) {
            fallen.add(fallen.kills, 1, now);
        }
    }

    private synchronized void cut() {
        current = false;
    }

    private void note(Problem found) {
        synchronized (this) {
            if (problem != null && problem.code() == found.code()) {
                return;
            }
            problem = found;
        }
        log.info("{} does not tell what its units do: {} {}", name, found.code(), found.why());
    }

    private synchronized @Nullable Instant seen() {
        return seenAt;
    }

    /** Null: the box does not tell now. */
    synchronized @Nullable List<Counted> counted(Instant now) {
        if (!current) {
            return null;
        }
        Instant from = now.minus(WINDOW);
        List<Counted> found = new ArrayList<>();
        units.values().forEach(unit -> {
            Falls fallen = falls.getOrDefault(unit.unit(), new Falls());
            SeenUnit last = fallen.last;
            found.add(new Counted(
                    unit, since(fallen.restarts, from), since(fallen.kills, from), last == null ? unit : last));
        });
        return found;
    }

    private static int since(Deque<Instant> falls, Instant from) {
        return (int) falls.stream().filter(at -> at.isAfter(from)).count();
    }

    synchronized List<UnitNow> units() {
        Instant at = seenAt;
        return at == null
                ? List.of()
                : units.values().stream()
                        .map(unit -> new UnitNow(unit, at, current))
                        .toList();
    }

    /** It answers again: no need to wait. */
    void lookAgain() {
        wake.release();
    }

    void end() {
        over = true;
        wake.release();
    }
}
