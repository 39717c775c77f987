package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.api.internal.Views.ProblemView;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operations.KeptBackup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** /hosts/{host}/backups: places, what is in them, and putting it back. What is kept and when is part of the settings. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class BackupsResource {

    private final Backups backups;
    private final DesiredStates desired;
    private final Views views;
    private final JsonMapper json;

    BackupsResource(Backups backups, DesiredStates desired, Views views, JsonMapper json) {
        this.backups = backups;
        this.desired = desired;
        this.views = views;
        this.json = json;
    }

    /**
     * @param target as in state.json: type, and what belongs to it
     * @param credentials SSH_KEY, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
     */
    record TargetRequest(
            @Nullable String name,
            @Nullable Map<String, Object> target,
            @Nullable Map<String, SecretText> credentials) {}

    /** @param publicKey what the SFTP server has to let in, when a key was made */
    record AddedView(@Nullable String publicKey, @Nullable ProblemView unplaced) {}

    record BackupRequest(@Nullable String target) {}

    record RestoreRequest(
            @Nullable String snapshot,
            @Nullable String app,
            @Nullable SecretText password) {}

    record DiscardRequest(@Nullable SecretText password) {}

    /** Asks each place, which takes up to half a minute. */
    @GetMapping("/backups")
    BackupsReport report(@PathVariable String host) {
        return backups.report(new HostName(host));
    }

    /** {@code target} left out: to all of them. */
    @PostMapping("/backups")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView backUp(@PathVariable String host, @RequestBody(required = false) @Nullable BackupRequest request) {
        return views.operation(backups.backUp(new HostName(host), request == null ? null : request.target()));
    }

    /** Drafts a new place. Its password is made by Croft, and so is an SSH key that is not given. */
    @PostMapping("/backups/targets")
    @ResponseStatus(HttpStatus.CREATED)
    AddedView add(@PathVariable String host, @RequestBody TargetRequest request) {
        String what = "The target was not added.";
        String name = required(what, "name", request.name());
        Map<String, SecretBytes> credentials = new HashMap<>();
        if (request.credentials() != null) {
            request.credentials().forEach((each, value) -> credentials.put(each, SecretBytes.of(value)));
        }
        Backups.Added added = backups.add(
                new HostName(host), name, target(name, required(what, "target", request.target())), credentials);
        return new AddedView(added.publicKey(), views.problem(added.unplaced()));
    }

    /** The one reader of state.json's entries is asked, so that a target is refused here as it is there. */
    private Target target(String name, Map<String, Object> entry) {
        String settings = json.writeValueAsString(Map.of("backups", Map.of("targets", Map.of(name, entry))));
        return desired.parseSettings(settings)
                .backups()
                .targets()
                .values()
                .iterator()
                .next();
    }

    @GetMapping("/backups/targets/{target}/snapshots")
    List<Backup> list(
            @PathVariable String host,
            @PathVariable String target,
            @RequestParam(required = false) @Nullable String app) {
        return backups.list(new HostName(host), target, app == null ? null : new AppName(app));
    }

    /** Restores the newest backup of each app aside, tries it and throws it away. */
    @PostMapping("/backups/targets/{target}/test")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView test(@PathVariable String host, @PathVariable String target) {
        return views.operation(backups.test(new HostName(host), target));
    }

    /** Beside the app's data. */
    @PostMapping("/backups/targets/{target}/restore-copy")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView restoreCopy(
            @PathVariable String host, @PathVariable String target, @RequestBody RestoreRequest request) {
        return views.operation(backups.restoreCopy(new HostName(host), kept(target, request)));
    }

    /** In the place of the app's data; {@code password} is that of the administrator who asks. */
    @PostMapping("/backups/targets/{target}/restore")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView restore(@PathVariable String host, @PathVariable String target, @RequestBody RestoreRequest request) {
        return views.operation(backups.restore(
                new HostName(host),
                kept(target, request),
                required("Nothing was restored.", "password", request.password())));
    }

    private static KeptBackup kept(String target, RestoreRequest request) {
        String what = "Nothing was restored.";
        return new KeptBackup(
                target,
                required(what, "snapshot", request.snapshot()),
                new AppName(required(what, "app", request.app())));
    }

    /** What a copy beside the app's data holds, against that data. */
    @GetMapping("/apps/{app}/restores/{snapshot}")
    RestoreComparison compared(@PathVariable String host, @PathVariable String app, @PathVariable String snapshot) {
        return backups.compared(new HostName(host), new AppName(app), snapshot);
    }

    /** Deletes such a copy. */
    @PostMapping("/apps/{app}/restores/{snapshot}/discard")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discard(
            @PathVariable String host,
            @PathVariable String app,
            @PathVariable String snapshot,
            @RequestBody DiscardRequest request) {
        backups.discard(
                new HostName(host),
                new AppName(app),
                snapshot,
                required("The copy was not deleted.", "password", request.password()));
    }

    private static <T> T required(String what, String field, @Nullable T value) {
        if (value == null) {
            throw invalid(what, field + ": the field is missing.");
        }
        return value;
    }

    private static ProblemException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }
}
