package dev.croft.ui.demo;

import dev.croft.access.RequiresAdmin;
import dev.croft.alerts.Alert;
import dev.croft.alerts.Alert.Cause;
import dev.croft.alerts.Alert.State;
import dev.croft.alerts.Alert.Words;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Channel;
import dev.croft.alerts.Delivery;
import dev.croft.alerts.Rule;
import dev.croft.alerts.Silence;
import dev.croft.alerts.Trouble;
import dev.croft.alerts.UnitNow;
import dev.croft.hostlink.UnitStates.Exit;
import dev.croft.hostlink.UnitStates.SeenUnit;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Alerts of the box in memory: one that fires, one that is over. */
public class DemoAlerts implements Alerts {

    private static final HostName ATTIC = new HostName("attic");
    private static final AppName BLOG = new AppName("blog");
    private static final Words LOOP = new Words(
            Phrase.of(
                    "{0} is in a restart loop: systemd has started it anew {1, plural, one {once} other {# times}} in ten minutes.",
                    "blog", 4),
            Phrase.of("It ended with exit code {0}.", 1),
            Phrase.of(
                    "Read its last lines: what it says before it ends is the cause. If a change brought this, roll it back."));
    private static final Words STALE = new Words(
            Phrase.of("The last whole backup to {0} is {1, plural, one {an hour} other {# hours}} old.", "depot", 40),
            Phrase.of("No run has said why."),
            Phrase.of("Open Backups, look why, and back up now."));

    private final Clock clock;
    private final Map<AlertKind, Rule> rules = new ConcurrentHashMap<>();
    private final Map<String, Channel> channels = new TreeMap<>();
    private final List<Silence> silences = new CopyOnWriteArrayList<>();
    private volatile boolean wrong;
    private volatile boolean failing;

    DemoAlerts(Clock clock) {
        this.clock = clock;
        Arrays.stream(AlertKind.values()).forEach(kind -> rules.put(kind, kind.standard()));
    }

    /** Whether the blog is in a restart loop. */
    public void wrong(boolean is) {
        wrong = is;
    }

    /** Whether channels refuse what they are given. */
    public void failing(boolean is) {
        failing = is;
    }

    @Override
    public List<Trouble> troubles(HostName host, @Nullable AppName app) {
        Instant now = clock.instant();
        return wrong && (app == null || app.equals(BLOG))
                ? List.of(new Trouble(
                        AlertKind.RESTART_LOOP,
                        host,
                        BLOG,
                        "croft-app-blog.service",
                        Instant.parse("2026-11-21T09:00:00Z"),
                        now,
                        4,
                        LOOP,
                        "Error: Cannot find module 'express'"))
                : List.of();
    }

    @Override
    public List<UnitNow> units(HostName host, @Nullable AppName app) {
        return List.of(new UnitNow(
                new SeenUnit(
                        "croft-app-blog.service",
                        BLOG,
                        "loaded",
                        wrong ? "activating" : "active",
                        wrong ? "auto-restart" : "running",
                        wrong ? "exit-code" : "success",
                        Instant.parse("2026-11-21T09:00:00Z"),
                        wrong ? 4 : 0,
                        wrong ? new Exit("exited", 1) : null),
                clock.instant(),
                true));
    }

    private Alert alert(long id) {
        boolean now = id == 2;
        return new Alert(
                id,
                now ? AlertKind.RESTART_LOOP : AlertKind.BACKUP_STALE,
                ATTIC,
                now ? BLOG : null,
                now ? "croft-app-blog.service" : "depot",
                now ? State.FIRING : State.OVER,
                Instant.parse("2026-11-21T09:00:00Z"),
                Instant.parse("2026-11-21T09:00:10Z"),
                now ? null : Instant.parse("2026-11-21T10:00:00Z"),
                clock.instant(),
                4,
                now ? LOOP : STALE,
                now ? "Error: Cannot find module 'express'" : null,
                now
                        ? new Cause(
                                new OperationId("01jd0000000000000000000001"),
                                "deploy",
                                BLOG,
                                "Deploy blog",
                                "anna",
                                Instant.parse("2026-11-21T08:58:00Z"),
                                List.of())
                        : null,
                silences.stream().anyMatch(each -> each.covers(AlertKind.RESTART_LOOP, ATTIC, BLOG)));
    }

    @Override
    public List<Alert> firing() {
        return wrong ? List.of(alert(2)) : List.of();
    }

    @Override
    public List<Alert> history(@Nullable Long before, int limit) {
        return wrong ? List.of(alert(2), alert(1)) : List.of(alert(1));
    }

    @Override
    public Alert get(long id) {
        return alert(id);
    }

    @Override
    public List<Delivery> deliveries(long id) {
        return List.of(
                new Delivery("mail", "raised", "key", 1, null, Instant.parse("2026-11-21T09:00:12Z"), null, null));
    }

    @Override
    public List<Rule> rules() {
        return Arrays.stream(AlertKind.values()).map(rules::get).toList();
    }

    @Override
    @RequiresAdmin(everywhere = true)
    public Rule change(Rule rule) {
        rules.put(rule.kind(), rule);
        return rule;
    }

    @Override
    public List<Silence> silences() {
        return List.copyOf(silences);
    }

    @Override
    public Silence silence(
            HostName host, @Nullable AppName app, @Nullable AlertKind kind, Instant until, String reason) {
        return keep(new Silence(silences.size() + 1L, kind, host, app, until, reason, "anna", clock.instant()));
    }

    @Override
    public Silence silenceEverywhere(@Nullable AlertKind kind, Instant until, String reason) {
        return keep(new Silence(silences.size() + 1L, kind, null, null, until, reason, "anna", clock.instant()));
    }

    private Silence keep(Silence silence) {
        silences.add(silence);
        return silence;
    }

    @Override
    public void speakAgain(long silence) {
        silences.removeIf(each -> each.id() == silence);
    }

    @Override
    public synchronized List<Channel> channels() {
        return List.copyOf(channels.values());
    }

    @Override
    public synchronized Channel save(Channel.Wish wish, @Nullable SecretText secret) {
        var kept = new Channel(
                wish.name(),
                wish.type(),
                wish.enabled(),
                wish.settings(),
                secret != null,
                0,
                clock.instant().minus(Duration.ofHours(2)),
                null,
                null);
        channels.put(kept.name(), kept);
        return kept;
    }

    @Override
    public synchronized void remove(String channel) {
        channels.remove(channel);
    }

    @Override
    public void test(String channel) {
        if (failing) {
            throw Problem.of(
                            ProblemCode.ALERT_NOT_SENT,
                            "The message was not delivered.",
                            "mail.example.org does not let the console in.",
                            "Check the user name and the password.")
                    .toException();
        }
    }

    @Override
    public void tryNow(String channel) {}
}
