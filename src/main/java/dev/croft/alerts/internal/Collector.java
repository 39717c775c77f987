package dev.croft.alerts.internal;

import dev.croft.access.ActingAs;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.internal.DiskFit.Reading;
import dev.croft.alerts.internal.Observed.Answer;
import dev.croft.alerts.internal.UnitWatch.Counted;
import dev.croft.backups.Backups;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Certificates;
import dev.croft.maintenance.Disks;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Asks everybody who knows something of a box. What cannot be asked is unknown, which is neither well nor wrong. */
@Component
class Collector {

    private static final Logger log = LoggerFactory.getLogger(Collector.class);

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration DISK_EVERY = Duration.ofMinutes(30);
    private static final Duration DISK_SPAN = Duration.ofDays(14);
    private static final int LINES = 15;
    private static final int LINES_BYTES = 6000;
    private static final double MILLIS = 1000;
    private static final double HALF = 0.5;
    private static final double SMALL_DISK = 64 * 1024 * 1024;
    private static final int PERCENT = 100;

    private final Hosts hosts;
    private final HostLink link;
    private final Telemetry telemetry;
    private final Disks disks;
    private final Certificates certificates;
    private final Backups backups;
    private final AlertStore store;
    private final ActingAs acting;
    private final Clock clock;
    private final Map<HostName, Fitted> fitted = new ConcurrentHashMap<>();

    /** What one report of a box's disks gave. */
    private record Fitted(Instant report, Answer answer) {}

    Collector(
            Hosts hosts,
            HostLink link,
            Telemetry telemetry,
            Disks disks,
            Certificates certificates,
            Backups backups,
            AlertStore store,
            ActingAs acting,
            Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.telemetry = telemetry;
        this.disks = disks;
        this.certificates = certificates;
        this.backups = backups;
        this.store = store;
        this.acting = acting;
        this.clock = clock;
    }

    /** As one who may see everything and change nothing. */
    private <T> @Nullable T ask(HostName host, String what, Supplier<T> question) {
        try {
            return acting.call(new Operator("croft", "croft@croft.invalid", Role.VIEWER), question);
        } catch (ProblemException e) {
            log.debug("{} of {} is not known: {}", what, host, e.getMessage());
            return null;
        }
    }

    /** What costs nothing: it is known here already. */
    Map<AlertKind, Answer> quick(Host host, UnitWatch watch) {
        Map<AlertKind, Answer> found = new EnumMap<>(AlertKind.class);
        Instant now = clock.instant();
        HostStatus status = ask(host.name(), "status", () -> hosts.status(host.name()));
        boolean asked = status != null && (status.reachable() || status.problem() != null);
        if (asked) {
            found.put(
                    AlertKind.HOST_QUIET,
                    Answer.of(List.of(
                            Recognition.quiet(host.name(), !status.reachable(), status.seenAt(), status.problem()))));
        }
        List<Counted> units = watch.counted(now);
        if (units != null) {
            found.put(AlertKind.UNIT_FAILED, Answer.of(Recognition.failed(units)));
            found.put(AlertKind.RESTART_LOOP, Answer.of(Recognition.loops(units)));
            measured(host.name(), units, now, found);
        }
        disks(host.name(), found);
        return found;
    }

    private void measured(HostName host, List<Counted> units, Instant now, Map<AlertKind, Answer> found) {
        Map<String, Integer> kills = new HashMap<>();
        List<Observed> throttled = new ArrayList<>();
        List<Observed> memory = new ArrayList<>();
        boolean throttling = false;
        for (Counted each : units) {
            AppName app = each.unit().app();
            Map<Metric, List<@Nullable Double>> series =
                    app == null ? Map.of() : series(host, each.unit().unit(), now, UnitWatch.WINDOW);
            mean(series.get(Metric.MEMORY_OOM), UnitWatch.WINDOW, 0)
                    .ifPresent(rate -> kills.put(
                            each.unit().unit(), (int) Math.round(rate * known(series.get(Metric.MEMORY_OOM)))));
            var share = mean(series.get(Metric.CPU_THROTTLED), FIVE_MINUTES, HALF);
            if (app != null && share.isPresent()) {
                throttling = true;
                throttled.add(Recognition.throttled(each.unit().unit(), app, share.getAsDouble()));
            }
            mean(series.get(Metric.PRESSURE_MEMORY_SOME), MINUTE, HALF)
                    .ifPresent(some -> memory.add(Recognition.pressure(
                            AlertKind.PRESSURE_MEMORY, host, each.unit().unit(), app, some)));
        }
        found.put(AlertKind.OUT_OF_MEMORY, Answer.of(Recognition.kills(units, kills)));
        if (throttling) {
            found.put(AlertKind.CPU_THROTTLED, Answer.of(throttled));
        }
        Map<Metric, List<@Nullable Double>> whole = series(host, null, now, MINUTE.plus(MINUTE));
        mean(whole.get(Metric.PRESSURE_MEMORY_SOME), MINUTE, HALF)
                .ifPresent(some -> memory.add(Recognition.pressure(AlertKind.PRESSURE_MEMORY, host, null, null, some)));
        if (!memory.isEmpty()) {
            found.put(AlertKind.PRESSURE_MEMORY, Answer.of(memory));
        }
        Map.of(
                        AlertKind.PRESSURE_CPU, Metric.PRESSURE_CPU_SOME,
                        AlertKind.PRESSURE_IO, Metric.PRESSURE_IO_SOME)
                .forEach((kind, metric) -> mean(whole.get(metric), MINUTE, HALF)
                        .ifPresent(some -> found.put(
                                kind, Answer.of(List.of(Recognition.pressure(kind, host, null, null, some))))));
    }

    private Map<Metric, List<@Nullable Double>> series(
            HostName host, @Nullable String unit, Instant now, Duration span) {
        Telemetry.Window window = ask(
                host,
                "what was measured",
                () -> telemetry.window(host, null, new Telemetry.Query(unit, now.minus(span), now, STEP)));
        Map<Metric, List<@Nullable Double>> found = new EnumMap<>(Metric.class);
        if (window != null) {
            window.series().stream()
                    .filter(series -> series.of() == null)
                    .forEach(series -> found.put(series.metric(), series.values()));
        }
        return found;
    }

    /** Seconds of which there are values. */
    private static double known(@Nullable List<@Nullable Double> values) {
        return values == null ? 0 : values.stream().filter(Objects::nonNull).count() * (double) STEP.toSeconds();
    }

    /** Of the last values; empty when less than that share of them is known, for then nothing can be said. */
    private static OptionalDouble mean(@Nullable List<@Nullable Double> values, Duration span, double share) {
        if (values == null) {
            return OptionalDouble.empty();
        }
        int wanted = (int) (span.toSeconds() / STEP.toSeconds());
        List<Double> last = values.subList(Math.max(0, values.size() - wanted), values.size()).stream()
                .filter(Objects::nonNull)
                .map(each -> (Double) each)
                .toList();
        return last.size() < wanted * share
                ? OptionalDouble.empty()
                : last.stream().mapToDouble(Double::doubleValue).average();
    }

    private void disks(HostName host, Map<AlertKind, Answer> found) {
        var report = ask(host, "disks", () -> disks.lastReport(host));
        if (report == null || report.isEmpty()) {
            return;
        }
        Fitted before = fitted.get(host);
        if (before != null && before.report().equals(report.get().time())) {
            found.put(AlertKind.DISK, before.answer());
            return;
        }
        List<Observed> all = new ArrayList<>();
        for (FileSystem each : report.get().filesystems()) {
            if (each.bytes() < SMALL_DISK) {
                continue;
            }
            var reading = new Reading(report.get().time(), each.free(), each.bytes());
            store.keep(host, each.mount(), reading, DISK_EVERY, DISK_SPAN);
            List<Reading> readings = new ArrayList<>(store.readings(host, each.mount()));
            if (readings.isEmpty() || readings.getLast().at().isBefore(reading.at())) {
                readings.add(reading);
            }
            all.add(Recognition.disk(each.mount(), DiskFit.daysLeft(readings), each.free() * PERCENT / each.bytes()));
        }
        Answer answer = Answer.of(all);
        fitted.put(host, new Fitted(report.get().time(), answer));
        found.put(AlertKind.DISK, answer);
    }

    /** What costs the box something; of one that does not answer nothing is known. */
    Map<AlertKind, Answer> slow(Host host) {
        Map<AlertKind, Answer> found = new EnumMap<>(AlertKind.class);
        var board = ask(host.name(), "certificates", () -> certificates.board(host.name()));
        if (board != null) {
            found.put(
                    AlertKind.CERTIFICATE, Answer.of(Recognition.certificates(board.certificates(), clock.instant())));
        }
        var report = ask(host.name(), "backups", () -> backups.report(host.name()));
        if (report != null) {
            List<Observed> all = report.targets().stream()
                    .flatMap(target -> Recognition.backup(target, clock.instant(), host.enrolledAt()))
                    .toList();
            for (AlertKind kind : List.of(AlertKind.BACKUP_STALE, AlertKind.RESTORE_TEST)) {
                found.put(
                        kind,
                        Answer.of(
                                all.stream().filter(each -> each.kind() == kind).toList()));
            }
        }
        clockOf(host, found);
        return found;
    }

    /** Within half the time that the question took. */
    private void clockOf(Host host, Map<AlertKind, Answer> found) {
        Instant before = clock.instant();
        var answer = ask(host.name(), "clock", () -> link.call(host.endpoint(), new Units(List.of())));
        if (answer == null) {
            return;
        }
        Duration took = Duration.between(before, clock.instant());
        Duration apart = Duration.between(before.plus(took.dividedBy(2)), answer.time());
        double seconds = Math.max(0, (Math.abs(apart.toMillis()) - took.toMillis() * HALF) / MILLIS);
        found.put(AlertKind.CLOCK, Answer.of(List.of(Recognition.clock(host.name(), seconds))));
    }

    /** The last lines of a unit's log; null: they could not be read, or there are none. */
    @Nullable
    String lastLines(Host host, String unit) {
        if (!unit.startsWith("croft-")) {
            return null; // Boxes show the logs of Croft's own units alone.
        }
        StringBuilder lines = new StringBuilder();
        try {
            link.call(host.endpoint(), new Journal(null, unit, null, LINES, false), reply -> {
                if (reply instanceof HostReply.Line line) {
                    lines.append(line.text()).append('\n');
                }
            });
        } catch (ProblemException e) {
            log.debug("The last lines of {} on {} were not read: {}", unit, host.name(), e.getMessage());
        }
        String text = lines.toString().strip();
        return text.isEmpty() ? null : text.substring(Math.max(0, text.length() - LINES_BYTES));
    }
}
