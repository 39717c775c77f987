package dev.croft.api.internal;

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
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

/** /alerts: what is wrong, whom it is told to and when. */
@RestController
@RequestMapping("/api/v1")
class AlertsResource {

    private final Alerts alerts;
    private final Views views;

    AlertsResource(Alerts alerts, Views views) {
        this.alerts = alerts;
        this.views = views;
    }

    record CauseView(
            String operation,
            String kind,
            @Nullable String app,
            String title,
            String by,
            Instant at,
            List<String> edits) {}

    record AlertView(
            long id,
            String kind,
            String host,
            @Nullable String app,
            String subject,
            String state,
            Instant beganAt,
            @Nullable Instant raisedAt,
            @Nullable Instant overAt,
            Instant seenAt,
            double value,
            String what,
            String why,
            String next,
            @Nullable String detail,
            @Nullable CauseView likelyCause,
            boolean silenced) {}

    record TroubleView(
            String kind,
            @Nullable String app,
            String subject,
            Instant since,
            Instant seenAt,
            double value,
            String what,
            String why,
            String next,
            @Nullable String detail) {}

    /** @param exit how its main process ended last; null: it has not yet */
    record UnitView(
            String unit,
            @Nullable String app,
            String load,
            String active,
            String sub,
            String result,
            @Nullable Instant since,
            Instant seenAt,
            boolean current,
            int restarts,
            @Nullable ExitView exit) {}

    record ExitView(String code, int status) {}

    /** Durations in seconds. */
    record RuleView(
            String kind,
            String measure,
            boolean enabled,
            double threshold,
            double calmAt,
            long raiseAfter,
            long clearAfter) {}

    /** What is missing stays as it is. Durations in seconds. */
    record RuleRequest(
            @Nullable Boolean enabled,
            @Nullable Double threshold,
            @Nullable Double calmAt,
            @Nullable Long raiseAfter,
            @Nullable Long clearAfter) {}

    record SilenceView(
            long id,
            @Nullable String kind,
            @Nullable String host,
            @Nullable String app,
            Instant until,
            String reason,
            String by,
            Instant at) {}

    record SilenceRequest(
            @Nullable String kind,
            @Nullable String host,
            @Nullable String app,
            @Nullable Instant until,
            @Nullable String reason) {}

    record ChannelView(
            String name,
            String type,
            boolean enabled,
            Map<String, String> settings,
            boolean secret,
            int waiting,
            @Nullable Instant sentAt,
            Views.@Nullable ProblemView problem,
            @Nullable Instant failingSince) {}

    /** @param secret missing: the one that is kept stays; empty: there is none any more */
    record ChannelRequest(
            @Nullable String type,
            @Nullable Boolean enabled,
            @Nullable Map<String, String> settings,
            @Nullable SecretText secret) {}

    record DeliveryView(
            String channel,
            String transition,
            String key,
            int attempts,
            @Nullable Instant nextAt,
            @Nullable Instant sentAt,
            @Nullable Instant givenUpAt,
            Views.@Nullable ProblemView problem) {}

    // ---- what is wrong

    /** With {@code firing=true} what is raised now, else what was raised, newest first; the Link header has the next page. */
    @GetMapping("/alerts")
    ResponseEntity<List<AlertView>> list(
            @RequestParam(required = false, defaultValue = "false") boolean firing,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(required = false, defaultValue = "50") int limit) {
        if (firing) {
            return ResponseEntity.ok(
                    alerts.firing().stream().map(AlertsResource::view).toList());
        }
        List<Alert> found = alerts.history(before, limit);
        var answer = ResponseEntity.ok();
        if (found.size() == limit) {
            String next = UriComponentsBuilder.fromPath("/api/v1/alerts")
                    .queryParam("before", found.getLast().id())
                    .queryParam("limit", limit)
                    .build()
                    .toUriString();
            answer.header(HttpHeaders.LINK, "<" + next + ">; rel=\"next\"");
        }
        return answer.body(found.stream().map(AlertsResource::view).toList());
    }

    @GetMapping("/alerts/{id}")
    AlertView get(@PathVariable long id) {
        return view(alerts.get(id));
    }

    @GetMapping("/alerts/{id}/deliveries")
    List<DeliveryView> deliveries(@PathVariable long id) {
        return alerts.deliveries(id).stream().map(this::view).toList();
    }

    /** What is wrong right now, whatever the rules say. */
    @GetMapping("/hosts/{host}/troubles")
    List<TroubleView> troubles(@PathVariable String host) {
        return troubles(new HostName(host), null);
    }

    @GetMapping("/hosts/{host}/apps/{app}/troubles")
    List<TroubleView> troublesOfApp(@PathVariable String host, @PathVariable String app) {
        return troubles(new HostName(host), new AppName(app));
    }

    /** Services as systemd told of them at last. */
    @GetMapping("/hosts/{host}/units")
    List<UnitView> units(@PathVariable String host) {
        return alerts.units(new HostName(host), null).stream()
                .map(AlertsResource::view)
                .toList();
    }

    private List<TroubleView> troubles(HostName host, @Nullable AppName app) {
        return alerts.troubles(host, app).stream().map(AlertsResource::view).toList();
    }

    // ---- rules

    @GetMapping("/alerts/rules")
    List<RuleView> rules() {
        return alerts.rules().stream().map(AlertsResource::view).toList();
    }

    @PutMapping("/alerts/rules/{kind}")
    RuleView change(@PathVariable String kind, @RequestBody RuleRequest request) {
        AlertKind which = kind(kind);
        Rule before = alerts.rules().stream()
                .filter(rule -> rule.kind() == which)
                .findFirst()
                .orElse(which.standard());
        return view(alerts.change(new Rule(
                which,
                or(request.enabled(), before.enabled()),
                or(request.threshold(), before.threshold()),
                or(request.calmAt(), before.calmAt()),
                Duration.ofSeconds(or(request.raiseAfter(), before.raiseAfter().toSeconds())),
                Duration.ofSeconds(or(request.clearAfter(), before.clearAfter().toSeconds())))));
    }

    private static <T> T or(@Nullable T wanted, T before) {
        return wanted == null ? before : wanted;
    }

    // ---- silences

    @GetMapping("/alerts/silences")
    List<SilenceView> silences() {
        return alerts.silences().stream().map(AlertsResource::view).toList();
    }

    @PostMapping("/alerts/silences")
    @ResponseStatus(HttpStatus.CREATED)
    SilenceView silence(@RequestBody SilenceRequest request) {
        Instant until = request.until();
        if (until == null) {
            throw invalid("Nothing was silenced.", "until: the field is missing.");
        }
        if (request.host() == null && request.app() != null) {
            throw invalid("Nothing was silenced.", "host: the app's box is missing.");
        }
        AlertKind kind = request.kind() == null ? null : kind(request.kind());
        String reason = or(request.reason(), "");
        return view(
                request.host() == null
                        ? alerts.silenceEverywhere(kind, until, reason)
                        : alerts.silence(
                                new HostName(request.host()),
                                request.app() == null ? null : new AppName(request.app()),
                                kind,
                                until,
                                reason));
    }

    @DeleteMapping("/alerts/silences/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void speakAgain(@PathVariable long id) {
        alerts.speakAgain(id);
    }

    // ---- channels

    @GetMapping("/alerts/channels")
    List<ChannelView> channels() {
        return alerts.channels().stream().map(this::view).toList();
    }

    @PutMapping("/alerts/channels/{channel}")
    ChannelView save(@PathVariable String channel, @RequestBody ChannelRequest request) {
        return view(alerts.save(
                new Channel.Wish(
                        channel, type(request.type()), or(request.enabled(), true), or(request.settings(), Map.of())),
                request.secret()));
    }

    @DeleteMapping("/alerts/channels/{channel}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable String channel) {
        alerts.remove(channel);
    }

    /** Sends a test, and answers when it was taken. */
    @PostMapping("/alerts/channels/{channel}/test")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void test(@PathVariable String channel) {
        alerts.test(channel);
    }

    /** Tries now what waits for its next try. */
    @PostMapping("/alerts/channels/{channel}/retry")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void tryNow(@PathVariable String channel) {
        alerts.tryNow(channel);
    }

    // ---- shapes

    private static AlertKind kind(String name) {
        return among(AlertKind.values(), AlertKind::wireName, "kind", name);
    }

    private static ChannelType type(@Nullable String name) {
        return among(ChannelType.values(), ChannelType::wireName, "type", name == null ? "" : name);
    }

    private static <T> T among(T[] all, Function<T, String> named, String field, String name) {
        return Arrays.stream(all)
                .filter(each -> named.apply(each).equals(name))
                .findFirst()
                .orElseThrow(() -> invalid(
                        "Nothing was done.",
                        field + ": it is one of "
                                + Arrays.stream(all).map(named).collect(Collectors.joining(", ")) + "."));
    }

    private static RuntimeException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static AlertView view(Alert alert) {
        var cause = alert.cause();
        return new AlertView(
                alert.id(),
                alert.kind().wireName(),
                alert.host().value(),
                text(alert.app()),
                alert.subject(),
                alert.state().name().toLowerCase(Locale.ROOT),
                alert.beganAt(),
                alert.raisedAt(),
                alert.overAt(),
                alert.seenAt(),
                alert.value(),
                alert.words().what().english(),
                alert.words().why().english(),
                alert.words().next().english(),
                alert.detail(),
                cause == null
                        ? null
                        : new CauseView(
                                cause.operation().value(),
                                cause.kind(),
                                text(cause.app()),
                                cause.title(),
                                cause.by(),
                                cause.at(),
                                cause.edits()),
                alert.silenced());
    }

    private static TroubleView view(Trouble trouble) {
        return new TroubleView(
                trouble.kind().wireName(),
                text(trouble.app()),
                trouble.subject(),
                trouble.since(),
                trouble.seenAt(),
                trouble.value(),
                trouble.words().what().english(),
                trouble.words().why().english(),
                trouble.words().next().english(),
                trouble.detail());
    }

    private static UnitView view(UnitNow now) {
        var unit = now.unit();
        var exit = unit.exit();
        return new UnitView(
                unit.unit(),
                text(unit.app()),
                unit.load(),
                unit.active(),
                unit.sub(),
                unit.result(),
                unit.since(),
                now.seenAt(),
                now.current(),
                unit.restarts(),
                exit == null ? null : new ExitView(exit.code(), exit.status()));
    }

    private static RuleView view(Rule rule) {
        return new RuleView(
                rule.kind().wireName(),
                rule.kind().measure().name().toLowerCase(Locale.ROOT),
                rule.enabled(),
                rule.threshold(),
                rule.calmAt(),
                rule.raiseAfter().toSeconds(),
                rule.clearAfter().toSeconds());
    }

    private static SilenceView view(Silence silence) {
        return new SilenceView(
                silence.id(),
                silence.kind() == null ? null : silence.kind().wireName(),
                text(silence.host()),
                text(silence.app()),
                silence.until(),
                silence.reason(),
                silence.by(),
                silence.at());
    }

    private ChannelView view(Channel channel) {
        return new ChannelView(
                channel.name(),
                channel.type().wireName(),
                channel.enabled(),
                channel.settings(),
                channel.hasSecret(),
                channel.waiting(),
                channel.sentAt(),
                views.problem(channel.problem()),
                channel.failingSince());
    }

    private DeliveryView view(Delivery delivery) {
        return new DeliveryView(
                delivery.channel(),
                delivery.transition(),
                delivery.key(),
                delivery.attempts(),
                delivery.nextAt(),
                delivery.sentAt(),
                delivery.givenUpAt(),
                views.problem(delivery.problem()));
    }
}
