package dev.croft.apps.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.UnitState;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostCommand.UnitsResult;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** What systemd says of the apps' units, asked at most once a second for each box however many pages are open. */
@Component
class UnitsCache {

    private static final Logger log = LoggerFactory.getLogger(UnitsCache.class);
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration FRESH_FAILURE = Duration.ofSeconds(3);
    private static final int APPS_MOST = 500;

    /**
     * @param reachable whether the box answered
     * @param seenAt when it last did
     */
    record Seen(boolean reachable, @Nullable Instant seenAt, Map<AppName, UnitState> units) {}

    private static final class Slot {
        private final ReentrantLock lock = new ReentrantLock();
        private Seen seen = new Seen(false, null, Map.of());
        private Set<AppName> asked = Set.of();
        private Instant goodUntil = Instant.MIN;
    }

    private final HostLink link;
    private final Clock clock;
    private final Map<HostName, Slot> slots = new ConcurrentHashMap<>();

    UnitsCache(HostLink link, Clock clock) {
        this.link = link;
        this.clock = clock;
    }

    Seen of(Host host, Set<AppName> apps) {
        Slot slot = slots.computeIfAbsent(host.name(), unused -> new Slot());
        slot.lock.lock();
        try {
            if (!slot.asked.containsAll(apps) || !clock.instant().isBefore(slot.goodUntil)) {
                ask(host, apps, slot);
            }
            return slot.seen;
        } finally {
            slot.lock.unlock();
        }
    }

    /** The next question goes to the box: something was just changed. */
    void forget(HostName host) {
        Slot slot = slots.get(host);
        if (slot != null) {
            slot.lock.lock();
            try {
                slot.goodUntil = Instant.MIN;
            } finally {
                slot.lock.unlock();
            }
        }
    }

    private void ask(Host host, Set<AppName> apps, Slot slot) {
        slot.asked = Set.copyOf(apps);
        try {
            List<AppName> names = apps.stream().sorted().limit(APPS_MOST).toList();
            UnitsResult result = link.call(host.endpoint(), new Units(names));
            Map<AppName, UnitState> units = new HashMap<>();
            result.units().forEach(unit -> units.put(unit.app(), unit));
            slot.seen = new Seen(true, result.time(), units);
            slot.goodUntil = clock.instant().plus(FRESH);
        } catch (ProblemException e) {
            log.debug("The units of {} were not read: {}", host.name(), e.getMessage());
            slot.seen = new Seen(false, slot.seen.seenAt(), slot.seen.units());
            slot.goodUntil = clock.instant().plus(FRESH_FAILURE);
        }
    }
}
