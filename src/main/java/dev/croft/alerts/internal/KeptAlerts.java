package dev.croft.alerts.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.alerts.Alert;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Channel;
import dev.croft.alerts.ChannelType;
import dev.croft.alerts.Delivery;
import dev.croft.alerts.Rule;
import dev.croft.alerts.Silence;
import dev.croft.alerts.Trouble;
import dev.croft.alerts.UnitNow;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import jakarta.mail.internet.AddressException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Alerts as they are kept, and what the watchman sees. */
@Service
class KeptAlerts implements Alerts {

    private static final Duration SILENCE_MOST = Duration.ofDays(90);
    private static final Duration LAST_MOST = Duration.ofDays(1);
    private static final int REASON_MOST = 500;
    private static final int CHANNELS_MOST = 20;
    private static final int SETTING_MOST = 500;
    private static final int SECRET_MOST = 1000;
    private static final int PORT_MOST = 65_535;
    private static final int SIGHT_PAGES = 10;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern TOPIC = Pattern.compile("[-_A-Za-z0-9]{1,64}");
    private static final Pattern SERVER = Pattern.compile("[A-Za-z0-9.:-]{1,253}|\\[[0-9A-Fa-f:.]+]");
    private static final Set<String> SECURITY = Set.of("starttls", "tls", "none");

    private final AlertStore store;
    private final ChannelStore channels;
    private final Watchman watchman;
    private final Outbox outbox;
    private final Hosts hosts;
    private final CurrentOperator operator;
    private final Sight sight;
    private final Clock clock;

    KeptAlerts(
            AlertStore store,
            ChannelStore channels,
            Watchman watchman,
            Outbox outbox,
            Hosts hosts,
            CurrentOperator operator,
            Sight sight,
            Clock clock) {
        this.store = store;
        this.channels = channels;
        this.watchman = watchman;
        this.outbox = outbox;
        this.hosts = hosts;
        this.operator = operator;
        this.sight = sight;
        this.clock = clock;
    }

    // ---- what is wrong

    @Override
    public List<Trouble> troubles(HostName host, @Nullable AppName app) {
        HostName name = hosts.get(host).name();
        return watchman.troubles(name).stream()
                .filter(each -> app == null || app.equals(each.app()))
                .toList();
    }

    @Override
    public List<UnitNow> units(HostName host, @Nullable AppName app) {
        HostName name = hosts.get(host).name();
        return watchman.units(name).stream()
                .filter(each -> app == null || app.equals(each.unit().app()))
                .toList();
    }

    @Override
    public List<Alert> firing() {
        return visible(store.firing().stream().map(AlertStore.Row::alert).toList());
    }

    @Override
    public List<Alert> history(@Nullable Long before, int limit) {
        require(limit >= 1 && limit <= MOST, "Nothing was read.", "limit: it lies between 1 and " + MOST + ".");
        List<Alert> found = new ArrayList<>();
        Long from = before;
        // Whoever may see one app alone is not shown an empty page because the newest are of others.
        for (int page = 0; page < SIGHT_PAGES && found.size() < limit; page++) {
            List<Alert> next =
                    store.raised(from, MOST).stream().map(AlertStore.Row::alert).toList();
            found.addAll(visible(next));
            if (next.size() < MOST) {
                break;
            }
            from = next.getLast().id();
        }
        return List.copyOf(found.subList(0, Math.min(limit, found.size())));
    }

    @Override
    public Alert get(long id) {
        return visible(store.find(id).map(AlertStore.Row::alert).stream().toList()).stream()
                .findFirst()
                .orElseThrow(() -> notFound("alert", Long.toString(id)));
    }

    @Override
    public List<Delivery> deliveries(long id) {
        return channels.deliveries(get(id).id());
    }

    private List<Alert> visible(List<Alert> all) {
        Predicate<Scope> may = sight.may(Role.VIEWER);
        List<Silence> silences = store.silences(clock.instant());
        return all.stream()
                .filter(each -> may.test(Scope.of(each.host(), each.app())))
                .map(each -> Watchman.isSilenced(each, silences) ? silenced(each) : each)
                .toList();
    }

    private static Alert silenced(Alert alert) {
        return new Alert(
                alert.id(),
                alert.kind(),
                alert.host(),
                alert.app(),
                alert.subject(),
                alert.state(),
                alert.beganAt(),
                alert.raisedAt(),
                alert.overAt(),
                alert.seenAt(),
                alert.value(),
                alert.words(),
                alert.detail(),
                alert.cause(),
                true);
    }

    // ---- rules

    @Override
    public List<Rule> rules() {
        return List.copyOf(store.rules().values());
    }

    @Override
    @Transactional
    public Rule change(Rule rule) {
        String what = "The rule was not changed.";
        boolean share = rule.kind().measure() == AlertKind.Measure.SHARE;
        double most = share ? 1 : 10_000;
        require(
                rule.threshold() > 0 && rule.threshold() <= most,
                what,
                "threshold: it is more than 0 and at most " + (share ? "1" : "10000") + ".");
        require(
                rule.kind().moreIsWorse()
                        ? rule.calmAt() >= 0 && rule.calmAt() <= rule.threshold()
                        : rule.calmAt() >= rule.threshold() && rule.calmAt() <= most,
                what,
                "calmAt: it lies on the good side of the threshold, or is the same.");
        within(what, "raiseAfter", rule.raiseAfter());
        within(what, "clearAfter", rule.clearAfter());
        if (rule.kind().measure() == AlertKind.Measure.NONE) {
            Rule standard = rule.kind().standard();
            require(
                    rule.threshold() == standard.threshold() && rule.calmAt() == standard.calmAt(),
                    what,
                    "threshold: of this it is either so or not, and there is nothing to set.");
        }
        store.save(rule, clock.instant(), operator.get().name());
        watchman.lookAgain();
        return rule;
    }

    private static void within(String what, String field, Duration duration) {
        require(
                !duration.isNegative() && duration.compareTo(LAST_MOST) <= 0 && duration.toNanosPart() == 0,
                what,
                field + ": it is a number of whole seconds from 0 to " + LAST_MOST.toSeconds() + ".");
    }

    // ---- silences

    @Override
    public List<Silence> silences() {
        Predicate<Scope> may = sight.may(Role.VIEWER);
        return store.silences(clock.instant()).stream()
                .filter(each -> each.host() == null || may.test(scope(each)))
                .toList();
    }

    private static Scope scope(Silence silence) {
        return silence.host() == null ? Scope.EVERYWHERE : Scope.of(silence.host(), silence.app());
    }

    @Override
    @Transactional
    public Silence silence(
            HostName host, @Nullable AppName app, @Nullable AlertKind kind, Instant until, String reason) {
        return keep(hosts.get(host).name(), app, kind, until, reason);
    }

    @Override
    @Transactional
    public Silence silenceEverywhere(@Nullable AlertKind kind, Instant until, String reason) {
        return keep(null, null, kind, until, reason);
    }

    private Silence keep(
            @Nullable HostName host, @Nullable AppName app, @Nullable AlertKind kind, Instant until, String reason) {
        String what = "Nothing was silenced.";
        Instant now = clock.instant();
        require(
                until.isAfter(now) && !until.isAfter(now.plus(SILENCE_MOST)),
                what,
                "until: it is a time to come, at most " + SILENCE_MOST.toDays() + " days from now.");
        require(reason.length() <= REASON_MOST, what, "reason: it has at most " + REASON_MOST + " characters.");
        return store.insert(new Silence(
                0, kind, host, app, until, reason.strip(), operator.get().name(), now));
    }

    @Override
    @Transactional
    public void speakAgain(long silence) {
        Predicate<Scope> may = sight.may(Role.OPERATOR);
        Silence found = store.silences(clock.instant()).stream()
                .filter(each -> each.id() == silence && may.test(scope(each)))
                .findFirst()
                .orElseThrow(() -> notFound("silence", Long.toString(silence)));
        store.endSilence(found.id(), clock.instant());
        watchman.lookAgain();
    }

    // ---- channels

    @Override
    public List<Channel> channels() {
        // The address of a webhook is as good as a password to some servers.
        boolean all = operator.get().may(Role.ADMIN, Scope.EVERYWHERE);
        return channels.channels().stream()
                .map(each -> all ? each : withoutSettings(each))
                .toList();
    }

    private static Channel withoutSettings(Channel channel) {
        return new Channel(
                channel.name(),
                channel.type(),
                channel.enabled(),
                Map.of(),
                channel.hasSecret(),
                channel.waiting(),
                channel.sentAt(),
                channel.problem(),
                channel.failingSince());
    }

    @Override
    @Transactional
    public Channel save(Channel.Wish wish, @Nullable SecretText secret) {
        String what = "The channel was not kept.";
        Channel before = channels.find(wish.name()).orElse(null);
        require(
                NAME.matcher(wish.name()).matches(),
                what,
                "name: it begins with a small letter; small letters, digits and hyphens follow, 31 at most.");
        require(
                before != null || channels.channels().size() < CHANNELS_MOST,
                what,
                "There are " + CHANNELS_MOST + " channels already.");
        require(
                before == null || before.type() == wish.type(),
                what,
                "type: a channel stays what it is. Remove it, and make another one.");
        check(what, wish);
        require(
                secret == null || length(secret) <= SECRET_MOST,
                what,
                "secret: it has at most " + SECRET_MOST + " characters.");
        boolean hasSecret = secret == null ? before != null && before.hasSecret() : length(secret) > 0;
        require(hasSecret || !wish.type().needsSecret(), what, "secret: it needs an access token.");
        // Whoever could turn a kept secret to another server could read it there.
        require(
                secret != null
                        || before == null
                        || !before.hasSecret()
                        || where(before.settings()).equals(where(wish.settings())),
                what,
                "secret: the server is another one, so the secret has to be given again.");
        channels.save(wish, secret, clock.instant(), operator.get().name());
        outbox.wake();
        return channels.find(wish.name()).orElseThrow();
    }

    private static int length(SecretText secret) {
        return secret.length();
    }

    private static List<String> where(Map<String, String> settings) {
        return List.of(
                settings.getOrDefault("server", ""),
                settings.getOrDefault("url", ""),
                settings.getOrDefault("port", ""),
                settings.getOrDefault("security", ""));
    }

    private static void check(String what, Channel.Wish wish) {
        Map<String, String> settings = wish.settings();
        ChannelType type = wish.type();
        for (String name : settings.keySet()) {
            require(
                    type.needed().contains(name) || type.optional().contains(name) || name.equals(ChannelType.CONSOLE),
                    what,
                    "settings: \"" + name + "\" is none of a channel of this type.");
        }
        for (String name : type.needed()) {
            require(!settings.getOrDefault(name, "").isBlank(), what, name + ": it is missing.");
        }
        settings.forEach((name, value) -> require(
                value.length() <= SETTING_MOST && value.chars().noneMatch(Character::isISOControl),
                what,
                name + ": it has at most " + SETTING_MOST + " characters on one line."));
        String console = settings.getOrDefault(ChannelType.CONSOLE, "");
        if (!console.isEmpty()) {
            URI address = address(what, ChannelType.CONSOLE, console);
            require(
                    !console.endsWith("/") && address.getRawQuery() == null,
                    what,
                    "console: it has no / at the end, and no ?.");
        }
        switch (type) {
            case EMAIL -> checkEmail(what, settings);
            case WEBHOOK -> secure(what, "url", address(what, "url", settings.get("url")));
            case NTFY -> {
                secure(what, "server", address(what, "server", settings.get("server")));
                require(
                        TOPIC.matcher(settings.getOrDefault("topic", "")).matches(),
                        what,
                        "topic: letters, digits, - and _, 64 at most.");
            }
            case MATRIX -> {
                secure(what, "server", address(what, "server", settings.get("server")));
                require(
                        settings.getOrDefault("room", "").startsWith("!"),
                        what,
                        "room: it is the room's id, which begins with \"!\" (Room settings, Advanced).");
            }
        }
    }

    private static void checkEmail(String what, Map<String, String> settings) {
        require(SERVER.matcher(settings.getOrDefault("server", "")).matches(), what, "server: it is a host name.");
        String port = settings.getOrDefault("port", "");
        require(
                port.matches("[1-9][0-9]{0,4}") && Integer.parseInt(port) <= PORT_MOST,
                what,
                "port: it is a number from 1 to " + PORT_MOST + ".");
        String security = settings.getOrDefault("security", "");
        require(SECURITY.contains(security), what, "security: it is starttls, tls or none.");
        require(
                !security.equals("none") || Destinations.isNear(settings.getOrDefault("server", "")),
                what,
                "security: without encryption anybody on the way could read the messages and the password; it is possible"
                        + " only to this machine and to addresses of a private network.");
        try {
            require(
                    EmailSender.recipients(settings.getOrDefault("from", "")).length == 1
                            && EmailSender.recipients(settings.getOrDefault("to", "")).length >= 1,
                    what,
                    "from, to: they are e-mail addresses.");
        } catch (AddressException e) {
            throw invalid(what, "from, to: they are e-mail addresses, separated by commas: " + e.getMessage() + ".");
        }
    }

    private static URI address(String what, String field, @Nullable String text) {
        try {
            URI address = new URI(text == null ? "" : text);
            require(
                    address.getHost() != null
                            && ("https".equals(address.getScheme()) || "http".equals(address.getScheme()))
                            && address.getRawFragment() == null
                            && address.getRawUserInfo() == null,
                    what,
                    field + ": it is an address such as https://example.org, without a name or password in it.");
            return address;
        } catch (URISyntaxException e) {
            throw invalid(what, field + ": it is an address such as https://example.org.");
        }
    }

    private static void secure(String what, String field, URI address) {
        require(
                "https".equals(address.getScheme()) || Destinations.isNear(Destinations.host(address)),
                what,
                field
                        + ": over plain HTTP anybody on the way could read the messages and the secret; it has to begin with"
                        + " https://, but for this machine and addresses of a private network.");
    }

    @Override
    @Transactional
    public void remove(String channel) {
        if (!channels.delete(channel)) {
            throw notFound("channel", channel);
        }
    }

    @Override
    public void test(String channel) {
        Channel found = channels.find(channel).orElseThrow(() -> notFound("channel", channel));
        try {
            outbox.send(found, Message.test(channel, AlertStore.uid(), clock.instant()), null);
        } catch (NotSent e) {
            channels.failed(channel, e.problem(), clock.instant());
            throw e.problem().toException();
        }
        channels.worked(channel, clock.instant());
        // It works again: what has waited need not wait for its next try.
        channels.tryNow(channel, clock.instant());
        outbox.wake();
    }

    @Override
    public void tryNow(String channel) {
        if (channels.find(channel).isEmpty()) {
            throw notFound("channel", channel);
        }
        channels.tryNow(channel, clock.instant());
        outbox.wake();
    }

    // ---- refusals

    private static void require(boolean right, String what, String why) {
        if (!right) {
            throw invalid(what, why);
        }
    }

    private static RuntimeException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }

    private static RuntimeException notFound(String kind, String name) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "There is no such " + kind + ".",
                        "\"" + name + "\" is not there, or not yours to see.",
                        "Look at the list again.")
                .toException();
    }
}
