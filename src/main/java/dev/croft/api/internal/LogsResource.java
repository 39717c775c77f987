package dev.croft.api.internal;

import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.logs.LogQuery;
import dev.croft.logs.Logs;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import tools.jackson.databind.json.JsonMapper;

/**
 * /hosts/{host}/logs and /hosts/{host}/apps/{app}/logs: the journal, as JSON lines; with {@code follow=true} as server-sent events.
 *
 * <p>Of one that is followed each event "line" has the cursor as its id, so that a browser that reconnects goes on where it was;
 * "problem" tells when the link to the box breaks, after which it goes on by itself; "skipped" how many entries the box could not read.
 * Nothing is left out for a slow reader: what it has not read yet stays in the box's journal.
 */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class LogsResource {

    /** false: the answer has only a part of what was asked for, because there was too much of it or the search took too long. */
    static final String COMPLETE = "Croft-Log-Complete";

    /** true or false, when a line and its neighbours were asked for: whether the journal still has that line. */
    static final String FOUND = "Croft-Log-Found";

    private static final int LINES = 200;

    private final Logs logs;
    private final Views views;
    private final JsonMapper json;
    private final EventStreams streams;

    LogsResource(Logs logs, Views views, JsonMapper json, EventStreams streams) {
        this.logs = logs;
        this.views = views;
        this.json = json;
        this.streams = streams;
    }

    record LogsAsked(
            @Nullable String after,
            @Nullable String before,
            @Nullable String around,
            @Nullable Integer lines,
            @Nullable Boolean oldest,
            @Nullable String search,
            @Nullable Boolean regex,
            @Nullable Integer priority,
            @Nullable String unit,
            @Nullable Integer boot,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String deployment,
            @Nullable Boolean colours) {

        LogQuery query(@Nullable String lastEvent) {
            return new LogQuery(
                    lastEvent == null ? after : lastEvent,
                    before,
                    around,
                    lines == null ? LINES : lines,
                    Boolean.TRUE.equals(oldest),
                    Boolean.TRUE.equals(colours),
                    new LogQuery.Filter(
                            search,
                            Boolean.TRUE.equals(regex),
                            priority,
                            unit,
                            boot,
                            since,
                            until,
                            deployment == null ? null : new OperationId(deployment)));
        }
    }

    /** One JSON object on each line, oldest first. */
    @GetMapping(path = "/logs", params = "follow!=true")
    ResponseEntity<String> ofBox(@PathVariable String host, LogsAsked asked) {
        return read(new HostName(host), null, asked);
    }

    @GetMapping(path = "/logs", params = "follow=true")
    SseEmitter followBox(
            HttpServletRequest request,
            @PathVariable String host,
            LogsAsked asked,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEvent) {
        return follow(request, new HostName(host), null, asked.query(lastEvent));
    }

    /** One JSON object on each line, oldest first. */
    @GetMapping(path = "/apps/{app}/logs", params = "follow!=true")
    ResponseEntity<String> ofApp(@PathVariable String host, @PathVariable String app, LogsAsked asked) {
        return read(new HostName(host), new AppName(app), asked);
    }

    @GetMapping(path = "/apps/{app}/logs", params = "follow=true")
    SseEmitter followApp(
            HttpServletRequest request,
            @PathVariable String host,
            @PathVariable String app,
            LogsAsked asked,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEvent) {
        return follow(request, new HostName(host), new AppName(app), asked.query(lastEvent));
    }

    private ResponseEntity<String> read(HostName host, @Nullable AppName app, LogsAsked asked) {
        Logs.Page page = logs.read(host, app, asked.query(null));
        ResponseEntity.BodyBuilder answer = ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_NDJSON)
                .header(COMPLETE, String.valueOf(page.complete()));
        if (asked.around() != null) {
            answer.header(FOUND, String.valueOf(page.found()));
        }
        return answer.body(page.lines().stream().map(line -> text(line) + "\n").collect(Collectors.joining()));
    }

    private SseEmitter follow(HttpServletRequest request, HostName host, @Nullable AppName app, LogQuery query) {
        EventStream stream = streams.open(request);
        return stream.from(logs.follow(
                        host,
                        app,
                        query,
                        batch -> {
                            if (batch.unreadable() > 0) {
                                stream.send("skipped", null, Map.of("lines", batch.unreadable()));
                            }
                            stream.sendAll(
                                    "line",
                                    batch.lines().stream()
                                            .map(line -> new EventStream.Event(line.cursor(), text(line)))
                                            .toList());
                        },
                        problem -> stream.send("problem", null, Objects.requireNonNull(views.problem(problem)))))
                .emitter();
    }

    private String text(HostReply.Line line) {
        return json.writeValueAsString(views.line(line));
    }
}
