package dev.croft.alerts.internal;

import dev.croft.alerts.Alert;
import dev.croft.alerts.Alert.Cause;
import dev.croft.alerts.Alert.State;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Rule;
import dev.croft.alerts.Silence;
import dev.croft.alerts.Trouble;
import dev.croft.alerts.UnitNow;
import dev.croft.alerts.internal.AlertStore.Row;
import dev.croft.alerts.internal.Observed.Answer;
import dev.croft.alerts.internal.Steps.At;
import dev.croft.fleet.EachBox;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.operations.OperationFinished;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks after each box on threads of its own: one hears of its units, one asks now and then for what costs the box something, and one
 * holds all that against the rules, at once when a unit changes. A change of an alert and the messages that tell of it are one transaction.
 */
@Component
class Watchman implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Watchman.class);

    /** Of how far back it counts what has come back often. */
    private static final Duration OFTEN = Duration.ofHours(6);

    private static final Duration PURGE = Duration.ofHours(1);
    /** Many units may change at the same moment. */
    private static final long LEAST_MILLIS = 200;

    private final Hosts hosts;
    private final HostLink link;
    private final Collector collector;
    private final AlertStore store;
    private final ChannelStore channels;
    private final Outbox outbox;
    private final Causes causes;
    private final TransactionTemplate transaction;
    private final AlertsProperties properties;
    private final Clock clock;
    private final EachBox<Watched> boxes;
    private volatile Instant purgedAt = Instant.EPOCH;

    Watchman(
            Hosts hosts,
            HostLink link,
            Collector collector,
            AlertStore store,
            ChannelStore channels,
            Outbox outbox,
            Causes causes,
            TransactionTemplate transaction,
            AlertsProperties properties,
            Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.collector = collector;
        this.store = store;
        this.channels = channels;
        this.outbox = outbox;
        this.causes = causes;
        this.transaction = transaction;
        this.properties = properties;
        this.clock = clock;
        this.boxes = new EachBox<>(hosts, this::watch, Watched::end);
    }

    @Override
    public void start() {
        if (properties.watches()) {
            boxes.start();
        }
    }

    @EventListener
    void enrolled(HostEnrolled event) {
        boxes.enrolled(event);
    }

    @EventListener
    void cameBack(HostCameBack event) {
        boxes.find(event.host().name()).ifPresent(box -> {
            box.units.lookAgain();
            box.lookAgain();
        });
    }

    /** A backup, a renewed certificate: what is known of it is old. */
    @EventListener
    void changed(OperationFinished event) {
        boxes.find(event.operation().host()).ifPresent(Watched::lookAgain);
    }

    /** Rules or silences are others. */
    void lookAgain() {
        boxes.all().forEach(Watched::news);
    }

    private Watched watch(Host host) {
        Watched box = new Watched(host);
        Thread.ofVirtual().name("alerts-units-" + host.name()).start(box.units);
        Thread.ofVirtual().name("alerts-slow-" + host.name()).start(box::slowly);
        Thread.ofVirtual().name("alerts-" + host.name()).start(box::quickly);
        return box;
    }

    @Override
    public void stop() {
        boxes.stop();
    }

    @Override
    public boolean isRunning() {
        return boxes.isRunning();
    }

    List<Trouble> troubles(HostName host) {
        return boxes.find(host).map(box -> box.troubles).orElse(List.of());
    }

    List<UnitNow> units(HostName host) {
        return boxes.find(host).map(box -> box.units.units()).orElse(List.of());
    }

    private final class Watched {

        private final HostName name;
        private final UnitWatch units;
        private final Semaphore quick = new Semaphore(0);
        private final Semaphore slow = new Semaphore(0);
        private final Map<String, Seen> wrongSince = new HashMap<>();
        private volatile Map<AlertKind, Answer> slowAnswers = Map.of();
        private volatile List<Trouble> troubles = List.of();
        private volatile boolean over;

        /** @param unit what its unit looked like when its last lines were read */
        private record Seen(
                Instant since,
                @Nullable Instant unit,
                @Nullable String detail) {}

        Watched(Host host) {
            this.name = host.name();
            this.units = new UnitWatch(name, hosts, link, clock, this::news);
        }

        void news() {
            quick.release();
        }

        void lookAgain() {
            slow.release();
        }

        void end() {
            over = true;
            units.end();
            slow.release();
            quick.release();
        }

        void slowly() {
            loop(slow, properties.slow(), host -> {
                slowAnswers = collector.slow(host);
                news();
            });
        }

        void quickly() {
            loop(quick, properties.round(), host -> {
                Map<AlertKind, Answer> answers = new EnumMap<>(AlertKind.class);
                answers.putAll(slowAnswers);
                answers.putAll(collector.quick(host, units));
                look(host, answers);
                purge();
            });
        }

        private void loop(Semaphore wake, Duration pause, java.util.function.Consumer<Host> work) {
            try {
                while (!over) {
                    wake.drainPermits();
                    try {
                        Optional<Host> host = hosts.find(name);
                        if (host.isPresent()) {
                            work.accept(host.get());
                        }
                    } catch (RuntimeException e) {
                        if (!over) {
                            log.error("What is wrong with {} was not looked at; it is tried again", name, e);
                        }
                    }
                    if (!over && wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS) && !over) {
                        TimeUnit.MILLISECONDS.sleep(Math.min(LEAST_MILLIS, pause.toMillis()));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void look(Host host, Map<AlertKind, Answer> answers) {
            Instant now = clock.instant();
            Map<AlertKind, Rule> rules = store.rules();
            note(host, answers, rules, now);
            List<Silence> silences = store.silences(now);
            Map<String, Row> open = new HashMap<>();
            store.open(name).forEach(row -> open.put(keyOf(row.alert()), row));
            boolean told = false;
            for (Map.Entry<AlertKind, Answer> each : answers.entrySet()) {
                AlertKind kind = each.getKey();
                Rule rule = Objects.requireNonNull(rules.get(kind));
                for (Observed found : each.getValue().found()) {
                    Row row = open.remove(AlertStore.key(kind, name, found.subject()));
                    told |= step(host, row, rule, found, found.value(), silences, now);
                }
            }
            for (Row row : open.values()) {
                AlertKind kind = row.alert().kind();
                Answer answer = answers.getOrDefault(kind, Answer.UNKNOWN);
                Rule rule = Objects.requireNonNull(rules.get(kind));
                // What a box that answers does not tell of any more is well.
                told |= step(host, row, rule, null, answer.known() ? well(rule) : null, silences, now);
            }
            if (told) {
                outbox.wake();
            }
        }

        private static double well(Rule rule) {
            return rule.kind().moreIsWorse() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }

        private static String keyOf(Alert alert) {
            return AlertStore.key(alert.kind(), alert.host(), alert.subject());
        }

        /** What is wrong now, for the pages; with the last lines of what has just gone wrong. */
        private void note(Host host, Map<AlertKind, Answer> answers, Map<AlertKind, Rule> rules, Instant now) {
            List<Trouble> found = new ArrayList<>();
            Map<String, Seen> still = new HashMap<>();
            answers.forEach((kind, answer) -> answer.found().forEach(each -> {
                Double value = each.value();
                if (value == null || !Objects.requireNonNull(rules.get(kind)).isWrong(value)) {
                    return;
                }
                String key = AlertStore.key(kind, name, each.subject());
                Seen seen = wrongSince.get(key);
                boolean readAnew = each.log() != null
                        && (seen == null || seen.detail() == null || !Objects.equals(seen.unit(), each.since()));
                Seen next = new Seen(
                        seen == null ? now : seen.since(),
                        each.since(),
                        readAnew
                                ? collector.lastLines(host, Objects.requireNonNull(each.log()))
                                : seen == null ? null : seen.detail());
                still.put(key, next);
                found.add(new Trouble(
                        kind,
                        name,
                        each.app(),
                        each.subject(),
                        each.since() == null ? next.since() : each.since(),
                        now,
                        value,
                        each.words(),
                        next.detail()));
            }));
            wrongSince.clear();
            wrongSince.putAll(still);
            troubles = List.copyOf(found);
        }

        /** Whether there is something to be sent. */
        private boolean step(
                Host host,
                @Nullable Row row,
                Rule rule,
                @Nullable Observed found,
                @Nullable Double value,
                List<Silence> silences,
                Instant now) {
            int before = row == null || row.alert().raisedAt() == null
                    ? 0
                    : store.raisedSince(rule.kind(), name, row.alert().subject(), now.minus(OFTEN));
            At at = row == null ? At.none(now) : new At(row.alert().state(), row.stateSince());
            At next = Steps.next(at, rule, value, before, now);
            if (row == null && next.state() == null) {
                return false;
            }
            boolean raises =
                    next.state() == State.FIRING && (row == null || row.alert().raisedAt() == null);
            // Asked before the transaction: both talk to others.
            String detail = raises && found != null ? detail(found) : null;
            Cause cause = raises && found != null ? causes.of(name, found.app(), began(row, found, now)) : null;
            return Boolean.TRUE.equals(
                    transaction.execute(status -> write(host, row, next, found, value, detail, cause, silences, now)));
        }

        private @Nullable String detail(Observed found) {
            Seen seen = wrongSince.get(AlertStore.key(found.kind(), name, found.subject()));
            return seen == null ? null : seen.detail();
        }

        private static Instant began(@Nullable Row row, Observed found, Instant now) {
            Instant first = row == null ? now : row.alert().beganAt();
            Instant since = found.since();
            return since != null && since.isBefore(first) ? since : first;
        }

        private boolean write(
                Host host,
                @Nullable Row row,
                At next,
                @Nullable Observed found,
                @Nullable Double value,
                @Nullable String detail,
                @Nullable Cause cause,
                List<Silence> silences,
                Instant now) {
            Row current = row;
            if (current == null) {
                if (found == null || value == null) {
                    return false;
                }
                current = store.insert(host.name(), found, value, now, now);
            }
            long id = current.alert().id();
            State state = next.state();
            if (state == null) {
                store.forget(id);
                return false;
            }
            if (value != null) {
                boolean wrong = state == State.RISING || state == State.FIRING;
                store.seen(id, wrong ? found : null, value, now);
            }
            if (state == State.OVER) {
                store.end(id, now);
                if (current.told()) {
                    channels.queueCleared(current, now);
                }
                return current.told();
            }
            boolean raised = current.alert().raisedAt() != null;
            if (state == State.FIRING && !raised) {
                store.raise(id, detail, cause, now);
            } else if (state != current.alert().state()) {
                store.enter(id, state, next.since());
            }
            if (state != State.FIRING || current.told() || isSilenced(current.alert(), silences)) {
                return false;
            }
            store.told(id);
            channels.queueRaised(store.find(id).orElseThrow(), now);
            return true;
        }
    }

    static boolean isSilenced(Alert alert, List<Silence> silences) {
        return silences.stream().anyMatch(each -> each.covers(alert.kind(), alert.host(), alert.app()));
    }

    private void purge() {
        Instant now = clock.instant();
        if (now.isAfter(purgedAt.plus(PURGE))) {
            purgedAt = now;
            store.forgetBefore(now.minus(properties.keep()));
        }
    }
}
