package dev.croft.api.internal;

import dev.croft.access.OperatorPaths;
import dev.croft.api.internal.Views.OperationView;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.Operations;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.util.UriComponentsBuilder;

/** /operations: the history, and what happens right now. */
@RestController
@RequestMapping("/api/v1/operations")
class OperationsResource {

    private final EventStreams streams;
    private final Operations operations;
    private final OperatorPaths paths;
    private final Views views;

    OperationsResource(Operations operations, OperatorPaths paths, Views views, EventStreams streams) {
        this.streams = streams;
        this.operations = operations;
        this.paths = paths;
        this.views = views;
    }

    /** Newest first; the Link header has the next page. */
    @GetMapping
    ResponseEntity<List<OperationView>> list(
            @RequestParam(required = false) @Nullable String host,
            @RequestParam(required = false) @Nullable String app,
            @RequestParam(required = false) @Nullable String before,
            @RequestParam(defaultValue = "50") int limit,
            UriComponentsBuilder here) {
        List<Operation> page = operations.list(
                host == null ? null : new HostName(host),
                app == null ? null : new AppName(app),
                before == null ? null : new OperationId(before),
                limit);
        ResponseEntity.BodyBuilder answer = ResponseEntity.ok();
        if (page.size() == limit) {
            UriComponentsBuilder next = here.replacePath("/api/v1/operations").replaceQuery(null);
            if (host != null) {
                next.queryParam("host", host);
            }
            if (app != null) {
                next.queryParam("app", app);
            }
            next.queryParam("before", page.getLast().id().value()).queryParam("limit", limit);
            answer.header(HttpHeaders.LINK, "<" + next.toUriString() + ">; rel=\"next\"");
        }
        return answer.body(page.stream().map(views::operation).toList());
    }

    @GetMapping("/{id}")
    OperationView get(@PathVariable String id) {
        return views.operation(operations.get(new OperationId(id)));
    }

    /**
     * Keeps a change that waits. The request proves the way to the console: it comes over a connection that is younger than the
     * change, from the browser or token that started it. Refused over an older one, the answer closes it, so that a repetition
     * comes over another.
     */
    @PostMapping("/{id}/confirm")
    OperationView confirm(@PathVariable String id, HttpServletRequest request) {
        return views.operation(operations.confirm(new OperationId(id), paths.of(request)));
    }

    /** Before the activation: ends it, nothing is changed. While it waits for a confirmation: the box goes back. */
    @PostMapping("/{id}/cancel")
    OperationView cancel(@PathVariable String id) {
        return views.operation(operations.cancel(new OperationId(id)));
    }

    /**
     * Events "line", "progress" and "step" with their sequence as id, "operation" with each change of the row. The stream ends with the
     * operation.
     */
    @GetMapping("/{id}/events")
    SseEmitter events(
            HttpServletRequest request,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Long after,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEvent) {
        EventStream stream = streams.open(request);
        return stream.from(operations.follow(
                        new OperationId(id),
                        lastEvent == null ? (after == null ? 0 : after) : sequence(lastEvent),
                        event -> {
                            switch (event) {
                                case OperationEvent.Line line ->
                                    stream.send("line", Long.toString(line.sequence()), views.line(line.line()));
                                case OperationEvent.Progress progress ->
                                    stream.send("progress", Long.toString(progress.sequence()), progress.progress());
                                case OperationEvent.Step step ->
                                    stream.send("step", Long.toString(step.sequence()), step.step());
                                case OperationEvent.Changed changed -> {
                                    stream.send("operation", null, views.operation(changed.operation()));
                                    if (changed.operation().state().isFinal()) {
                                        stream.complete();
                                    }
                                }
                            }
                        }))
                .emitter();
    }

    private static long sequence(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The events were not read.",
                            "Last-Event-ID: it is the id of an earlier event, a number.",
                            "Send the id of the last event you have, or none.")
                    .toException();
        }
    }
}
