package dev.croft.fleet.internal;

import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** One virtual thread for each box asks it now and then, so that a page never has to wait to say whether it answers. */
@Component
class Heartbeat implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

    /** What says that nobody (or somebody else) answered, as opposed to an answer that we did not like. */
    private static final Set<ProblemCode> NO_ANSWER = EnumSet.of(
            ProblemCode.HOST_UNREACHABLE,
            ProblemCode.HOST_KEY_CHANGED,
            ProblemCode.HOST_KEY_UNKNOWN,
            ProblemCode.HOST_REFUSED_KEY,
            ProblemCode.HELPER_TOO_OLD,
            ProblemCode.LINK_LOST,
            ProblemCode.PROTOCOL_ERROR,
            ProblemCode.PROTOCOL_UNSUPPORTED);

    private static final HostStatus NOT_ASKED_YET = new HostStatus(false, null, null, null);

    private final HostTable hosts;
    private final HostLink link;
    private final FleetProperties properties;
    private final ApplicationEventPublisher events;
    private final Clock clock;
    private final Map<HostName, HostStatus> statuses = new ConcurrentHashMap<>();
    private final Map<HostName, Thread> threads = new ConcurrentHashMap<>();
    private volatile CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean running;

    Heartbeat(
            HostTable hosts, HostLink link, FleetProperties properties, ApplicationEventPublisher events, Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.properties = properties;
        this.events = events;
        this.clock = clock;
    }

    HostStatus status(HostName name) {
        return statuses.getOrDefault(name, NOT_ASKED_YET);
    }

    /** Notes an answer that came outside the rhythm, for example at enrolment. */
    void answered(HostName name, ProbeResult probe) {
        statuses.put(name, new HostStatus(true, clock.instant(), describe(probe.system()), null));
    }

    @Override
    public void start() {
        running = true;
        stopped = new CountDownLatch(1);
        hosts.all().forEach(this::watch);
    }

    @EventListener
    void enrolled(HostEnrolled event) {
        if (running) {
            watch(event.host());
        }
    }

    private void watch(Host host) {
        threads.computeIfAbsent(
                host.name(),
                name -> Thread.ofVirtual().name("heartbeat-" + name).start(() -> beat(name)));
    }

    private void beat(HostName name) {
        CountDownLatch end = stopped;
        try {
            do {
                try {
                    // Read anew each time: a box may be moved.
                    hosts.find(name).ifPresent(this::ask);
                } catch (RuntimeException e) {
                    // Of whoever listens, for example when the database is away: the next beat must come all the same.
                    log.error("Not everybody could be told that {} answers", name, e);
                }
            } while (!end.await(properties.heartbeat().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(Host host) {
        HostStatus before = status(host.name());
        HostStatus now = exchange(host, before);
        if (!statuses.replace(host.name(), before, now) && statuses.putIfAbsent(host.name(), now) != null) {
            return; // somebody was answered meanwhile, perhaps at another address: theirs is newer
        }
        if (now.reachable() && !before.reachable()) {
            log.info("{} answers", host.name());
            events.publishEvent(new HostCameBack(host));
        } else if (!now.reachable() && before.reachable() && now.problem() != null) {
            log.warn(
                    "{} does not answer: {} {}",
                    host.name(),
                    now.problem().code(),
                    now.problem().why());
        }
    }

    private HostStatus exchange(Host host, HostStatus before) {
        try {
            String description = before.description();
            if (description == null || !before.reachable()) {
                description = describe(link.call(host.endpoint(), new Probe()).system());
            } else {
                // The cheapest question there is: no unit at all.
                link.call(host.endpoint(), new Units(List.of()));
            }
            return new HostStatus(true, clock.instant(), description, null);
        } catch (ProblemException e) {
            Problem problem = e.problem();
            return NO_ANSWER.contains(problem.code())
                    ? new HostStatus(false, before.seenAt(), before.description(), problem)
                    : new HostStatus(true, clock.instant(), before.description(), null);
        } catch (RuntimeException e) {
            log.error("The heartbeat of {} failed", host.name(), e);
            return new HostStatus(
                    false,
                    before.seenAt(),
                    before.description(),
                    Problem.of(
                            ProblemCode.INTERNAL,
                            "Croft could not ask " + host.name() + " whether it answers.",
                            "An unexpected failure inside the console; its log has the details.",
                            "Report it with the console's log."));
        }
    }

    private static @Nullable String describe(Map<String, Object> system) {
        if (Boolean.TRUE.equals(system.get("sandbox"))) {
            return "Sandbox host (not NixOS)";
        }
        return system.get("os") instanceof String os ? os : null;
    }

    @Override
    public void stop() {
        running = false;
        // Not by interrupt: that would close the embedded database's file under a thread that is reading it.
        stopped.countDown();
        threads.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
