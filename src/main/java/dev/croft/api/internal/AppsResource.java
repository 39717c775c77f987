package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.AppData;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /hosts/{host}/apps: drafts, deployment, start and stop. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class AppsResource {

    private final Apps apps;
    private final DesiredStates desired;
    private final Operations operations;
    private final Views views;

    AppsResource(Apps apps, DesiredStates desired, Operations operations, Views views) {
        this.apps = apps;
        this.desired = desired;
        this.operations = operations;
        this.views = views;
    }

    record DeployRequest(@Nullable String ref) {}

    /** @param deployment id of the operation whose version is wanted */
    record AppRollbackRequest(
            @Nullable String deployment, @Nullable Boolean data) {}

    record InspectRequest(@Nullable String url, @Nullable String ref) {}

    @GetMapping("/apps")
    List<Map<String, Object>> list(@PathVariable String host) {
        return apps.list(new HostName(host)).stream().map(views::app).toList();
    }

    /** The ETag is of the entry, not of what is observed. */
    @GetMapping("/apps/{app}")
    ResponseEntity<Map<String, Object>> get(@PathVariable String host, @PathVariable String app) {
        return tagged(apps.get(new HostName(host), new AppName(app)));
    }

    /** With If-Match (or If-None-Match: *, for a new app) an edit of somebody else is not overwritten. */
    @PutMapping(path = "/apps/{app}", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> put(
            @PathVariable String host,
            @PathVariable String app,
            @RequestBody String entry,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String ifNoneMatch) {
        HostName hostName = new HostName(host);
        AppName appName = new AppName(app);
        String base = Preconditions.base(ifMatch, ifNoneMatch);
        return tagged(
                base == null
                        ? apps.putDraft(hostName, appName, desired.parseApp(entry))
                        : apps.putDraft(hostName, appName, desired.parseApp(entry), base));
    }

    private ResponseEntity<Map<String, Object>> tagged(App app) {
        return ResponseEntity.ok()
                .eTag(Preconditions.tag(desired.digest(app.spec())))
                .body(views.app(app));
    }

    @DeleteMapping("/apps/{app}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String host, @PathVariable String app) {
        apps.removeDraft(new HostName(host), new AppName(app));
    }

    @PostMapping("/inspect")
    Inspection inspect(@PathVariable String host, @RequestBody InspectRequest request) {
        if (request.url() == null) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was read.",
                            "url: the field is missing.",
                            "Send the address of a git repository.")
                    .toException();
        }
        return apps.inspect(new HostName(host), request.url(), request.ref());
    }

    @PostMapping("/apps/{app}/deploy")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView deploy(
            @PathVariable String host,
            @PathVariable String app,
            @RequestBody(required = false) @Nullable DeployRequest request) {
        return views.operation(
                operations.deploy(new HostName(host), new AppName(app), request == null ? null : request.ref()));
    }

    /** Returns the app alone to an earlier version, the one before when none is named. */
    @PostMapping("/apps/{app}/rollback")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView rollBack(
            @PathVariable String host,
            @PathVariable String app,
            @RequestBody(required = false) @Nullable AppRollbackRequest request) {
        return views.operation(operations.rollBackApp(
                new HostName(host),
                new AppName(app),
                request == null || request.deployment() == null ? null : new OperationId(request.deployment()),
                AppData.comesBack(request != null && Boolean.TRUE.equals(request.data()))));
    }

    /** Takes the app off the box at once; its data stays. */
    @PostMapping("/apps/{app}/remove")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView remove(@PathVariable String host, @PathVariable String app) {
        return views.operation(operations.remove(new HostName(host), new AppName(app)));
    }

    @PostMapping("/apps/{app}/start")
    Map<String, Object> start(@PathVariable String host, @PathVariable String app) {
        return views.app(apps.control(new HostName(host), new AppName(app), Action.START));
    }

    @PostMapping("/apps/{app}/stop")
    Map<String, Object> stop(@PathVariable String host, @PathVariable String app) {
        return views.app(apps.control(new HostName(host), new AppName(app), Action.STOP));
    }

    @PostMapping("/apps/{app}/restart")
    Map<String, Object> restart(@PathVariable String host, @PathVariable String app) {
        return views.app(apps.control(new HostName(host), new AppName(app), Action.RESTART));
    }
}
