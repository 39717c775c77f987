package dev.croft.alerts.internal;

import dev.croft.alerts.Alert.Words;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.internal.UnitWatch.Counted;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.UnitStates.Exit;
import dev.croft.hostlink.UnitStates.SeenUnit;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is wrong, from what a box says, and the words for it: what happened, why, what to do next. Pure. */
final class Recognition {

    private static final double PERCENT = 100;
    /** From so many restarts on a unit that failed for good has failed in a loop. */
    private static final int LOOP = 3;

    private static final int KILLED = 9;

    private Recognition() {}

    // ---- units

    static List<Observed> failed(List<Counted> units) {
        return units.stream()
                .filter(each -> isFailed(each.unit()) && !isLoop(each) && !isKill(each.unit()))
                .map(
                        each -> of(
                                AlertKind.UNIT_FAILED,
                                each.unit(),
                                1,
                                new Words(
                                        each.unit().app() == null
                                                ? Phrase.of(
                                                        "{0} has failed.",
                                                        each.unit().unit())
                                                : Phrase.of("{0} has failed and is not running.", name(each.unit())),
                                        ending(each.unit()),
                                        each.unit().app() == null
                                                ? Phrase.of(
                                                        "Read its last lines. When the cause is gone, start it again on the box: systemctl restart {0}.",
                                                        each.unit().unit())
                                                : Phrase.of(
                                                        "Read its last lines. If a change brought this, roll it back; otherwise start the app again."))))
                .toList();
    }

    static List<Observed> loops(List<Counted> units) {
        return units.stream()
                .filter(each -> each.restarts() > 0 || isLoop(each))
                .map(each -> {
                    int times = isLoop(each)
                            ? Math.max(
                                    each.restarts(), Math.max(LOOP, each.unit().restarts()))
                            : each.restarts();
                    return of(
                            AlertKind.RESTART_LOOP,
                            each.unit(),
                            times,
                            new Words(
                                    isFailed(each.unit())
                                            ? Phrase.of(
                                                    "{0} was in a restart loop, and systemd has given up starting it.",
                                                    name(each.unit()))
                                            : Phrase.of(
                                                    "{0} is in a restart loop: systemd has started it anew {1, plural, one {once} other {# times}} in ten minutes.",
                                                    name(each.unit()), times),
                                    ending(each.fallen()),
                                    Phrase.of(
                                            "Read its last lines: what it says before it ends is the cause. If a change brought this, roll it back.")));
                })
                .toList();
    }

    /** @param measured kills by unit, of which the kernel's counters tell */
    static List<Observed> kills(List<Counted> units, Map<String, Integer> measured) {
        return units.stream()
                .map(each -> {
                    int kills = Math.max(
                            Math.max(
                                    each.kills(),
                                    measured.getOrDefault(each.unit().unit(), 0)),
                            isFailed(each.unit()) && isKill(each.unit()) ? 1 : 0);
                    return kills == 0
                            ? null
                            : of(
                                    AlertKind.OUT_OF_MEMORY,
                                    each.unit(),
                                    kills,
                                    new Words(
                                            Phrase.of(
                                                    "The kernel has killed {1, plural, one {a process} other {# processes}} of {0} because there was no memory left for it.",
                                                    name(each.unit()), kills),
                                            Phrase.of(
                                                    "It used as much memory as its limit allows, or the box itself had none left."),
                                            Phrase.of(
                                                    "Look at its memory over the last hour. Raise its limit when it needs that much; when it grows without end, roll back the change that brought it.")));
                })
                .filter(Objects::nonNull)
                .toList();
    }

    private static boolean isFailed(SeenUnit unit) {
        return unit.active().equals("failed");
    }

    private static boolean isLoop(Counted each) {
        return isFailed(each.unit())
                && (each.unit().result().equals("start-limit-hit")
                        || each.unit().restarts() >= LOOP);
    }

    private static boolean isKill(SeenUnit unit) {
        return unit.result().equals("oom-kill");
    }

    private static String name(SeenUnit unit) {
        return unit.app() == null ? unit.unit() : unit.app().value();
    }

    /** How it ended, in words. */
    static Phrase ending(SeenUnit unit) {
        Exit exit = unit.exit();
        return switch (unit.result()) {
            case "oom-kill" -> Phrase.of("The kernel killed it because it used more memory than it may.");
            case "timeout" -> Phrase.of("It did not get ready, or did not end, in the time that it has for that.");
            case "watchdog" -> Phrase.of("It stopped saying that it is alive, and was ended for that.");
            case "resources", "exec-condition" ->
                Phrase.of("It could not be started at all: the box lacks something that it needs.");
            case "protocol" -> Phrase.of("It did not say that it is ready, as it should have.");
            case "core-dump" ->
                Phrase.of("It crashed and left a memory dump (signal {0}).", exit == null ? 0 : exit.status());
            case "signal" ->
                exit != null && exit.status() == KILLED
                        ? Phrase.of("It was killed from outside (signal 9).")
                        : Phrase.of("It was ended by signal {0}.", exit == null ? 0 : exit.status());
            default ->
                exit != null && exit.code().equals("exited")
                        ? exit.status() == 0
                                ? Phrase.of("It ended by itself, without an error.")
                                : Phrase.of("It ended with exit code {0}.", exit.status())
                        : exit != null
                                ? Phrase.of("It was ended by signal {0}.", exit.status())
                                : Phrase.of("systemd says: {0}.", unit.result());
        };
    }

    private static Observed of(AlertKind kind, SeenUnit unit, double value, Words words) {
        return new Observed(kind, unit.app(), unit.unit(), value, unit.since(), words, unit.unit());
    }

    // ---- what was measured

    static Observed throttled(String unit, AppName app, double share) {
        return new Observed(
                AlertKind.CPU_THROTTLED,
                app,
                unit,
                share,
                null,
                new Words(
                        Phrase.of(
                                "{0} was kept from running for {1} % of the last five minutes.",
                                app.value(), percent(share)),
                        Phrase.of("It wants more processor time than its limit gives it."),
                        Phrase.of("Raise its processor limit, or find out what keeps it so busy.")),
                null);
    }

    /** @param app null: of the whole box */
    static Observed pressure(
            AlertKind kind, HostName host, @Nullable String unit, @Nullable AppName app, double share) {
        String who = app == null ? host.value() : app.value();
        Words words = switch (kind) {
            case PRESSURE_CPU ->
                new Words(
                        Phrase.of(
                                "On {0} something waited for a processor for {1} % of the last minute.",
                                who, percent(share)),
                        Phrase.of("More wants to run at the same time than there are processors for."),
                        Phrase.of("Look which app uses them most, and limit it, or give the box more."));
            case PRESSURE_MEMORY ->
                new Words(
                        Phrase.of(
                                "{0} stood still for want of memory for {1} % of the last minute.",
                                who, percent(share)),
                        app == null
                                ? Phrase.of(
                                        "The box's memory is full, so it reads again and again what it had to let go.")
                                : Phrase.of(
                                        "It is close to its memory limit, so it reads again and again what it had to let go."),
                        Phrase.of(
                                "Look what uses the memory; limit that, or give more, before the kernel has to kill something."));
            default ->
                new Words(
                        Phrase.of("{0} waited for its disks for {1} % of the last minute.", who, percent(share)),
                        Phrase.of("More is read and written than the disks can do."),
                        Phrase.of("Look which app reads or writes most, and whether a backup is running."));
        };
        return new Observed(kind, app, unit == null ? host.value() : unit, share, null, words, null);
    }

    private static int percent(double share) {
        return (int) Math.round(share * PERCENT);
    }

    // ---- the box

    /** @param days null: it cannot be told */
    static Observed disk(String mount, @Nullable Double days, long freePercent) {
        return new Observed(
                AlertKind.DISK,
                null,
                mount,
                days,
                null,
                new Words(
                        days != null && days < 1
                                ? Phrase.of("The disk at {0} is full, or will be within a day.", mount)
                                : Phrase.of(
                                        "The disk at {0} will be full in {1, plural, one {a day} other {# days}}.",
                                        mount, days == null ? 0 : (int) Math.floor(days)),
                        Phrase.of(
                                "It has {0} % free, and what is free has become less as steadily as that.",
                                freePercent),
                        Phrase.of("Look what fills it (Host, Disk), and collect garbage or make it larger.")),
                null);
    }

    static List<Observed> certificates(List<Certificate> certificates, Instant now) {
        return certificates.stream()
                .map(each -> {
                    Instant end = each.notAfter();
                    double days = end == null ? 0 : Duration.between(now, end).toHours() / 24.0;
                    AppName app = each.apps().size() == 1 ? each.apps().getFirst() : null;
                    String domain = each.name();
                    return new Observed(
                            AlertKind.CERTIFICATE,
                            app,
                            domain,
                            days,
                            null,
                            new Words(
                                    end == null
                                            ? Phrase.of("There is no certificate for {0}.", domain)
                                            : days < 0
                                                    ? Phrase.of(
                                                            "The certificate for {0} is not valid any more.", domain)
                                                    : Phrase.of(
                                                            "The certificate for {0} is valid for {1, plural, one {one more day} other {# more days}} only.",
                                                            domain, (int) Math.floor(days)),
                                    each.lastError() == null
                                            ? each.kind().equals("uploaded")
                                                    ? Phrase.of("It was uploaded, so nobody renews it by themselves.")
                                                    : Phrase.of("It has not been renewed in time.")
                                            : Phrase.of("The last try to renew it failed: {0}", each.lastError()),
                                    each.kind().equals("uploaded")
                                            ? Phrase.of("Upload a new one (Domains & TLS).")
                                            : Phrase.of("Open Domains & TLS, check the domain, and renew it there.")),
                            null);
                })
                .toList();
    }

    static Stream<Observed> backup(BackupTarget target, Instant now, Instant enrolled) {
        Instant last = target.lastSuccess() == null ? enrolled : target.lastSuccess();
        int hours = (int) Math.max(0, Duration.between(last, now).toHours());
        Problem problem = target.problem();
        Phrase why = problem == null
                ? Phrase.of("No run has said why.")
                : Phrase.of("The last run said: {0}", problem.what() + " " + problem.why());
        List<Observed> found = new ArrayList<>();
        found.add(new Observed(
                AlertKind.BACKUP_STALE,
                null,
                target.name(),
                (double) hours,
                null,
                new Words(
                        target.lastSuccess() == null
                                ? Phrase.of("There has never been a whole backup to {0}.", target.name())
                                : Phrase.of(
                                        "The last whole backup to {0} is {1, plural, one {an hour} other {# hours}} old.",
                                        target.name(), hours),
                        why,
                        Phrase.of("Open Backups, look why, and back up now.")),
                null));
        var test = target.restoreTest();
        if (test != null) {
            found.add(new Observed(
                    AlertKind.RESTORE_TEST,
                    null,
                    target.name(),
                    test.ok() ? 0.0 : 1.0,
                    test.time(),
                    new Words(
                            Phrase.of("The last restore test of {0} failed.", target.name()),
                            test.apps().stream()
                                    .filter(app -> app.problem() != null)
                                    .findFirst()
                                    .map(app -> Phrase.of(
                                            "{0}: {1}",
                                            app.app().value(),
                                            Objects.requireNonNull(app.problem())
                                                    .why()))
                                    .orElseGet(() -> Phrase.of("Something of it could not be brought back.")),
                            Phrase.of(
                                    "Open Backups: a backup that cannot be restored is none. Back up anew, and test again.")),
                    null));
        }
        return found.stream();
    }

    static Observed quiet(HostName host, boolean quiet, @Nullable Instant seenAt, @Nullable Problem problem) {
        return new Observed(
                AlertKind.HOST_QUIET,
                null,
                host.value(),
                quiet ? 1.0 : 0.0,
                seenAt,
                new Words(
                        Phrase.of("{0} does not answer.", host.value()),
                        problem == null ? Phrase.of("Nothing is known of why.") : Phrase.data(problem.why()),
                        Phrase.of(
                                "Look whether it has power and network. What runs on it may be well: only the way there is known to be cut.")),
                null);
    }

    static Observed clock(HostName host, double seconds) {
        return new Observed(
                AlertKind.CLOCK,
                null,
                host.value(),
                seconds,
                null,
                new Words(
                        Phrase.of(
                                "The clock of {0} is {1, plural, one {a second} other {# seconds}} off.",
                                host.value(), (int) Math.round(seconds)),
                        Phrase.of(
                                "It is compared with the clock of the machine that this console runs on; one of the two is wrong."),
                        Phrase.of("Look on both machines whether the time is taken from the network: timedatectl.")),
                null);
    }
}
