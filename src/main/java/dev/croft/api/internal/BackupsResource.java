package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.api.internal.Views.ProblemView;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.ServerKey;
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

    /**
     * @param app left out: the mail
     * @param mailboxes of mail: those alone
     */
    record RestoreRequest(
            @Nullable String snapshot,
            @Nullable String app,
            @Nullable List<String> mailboxes) {}

    /** @param confirm the app's name, or mail */
    record DropRequest(@Nullable String confirm) {}

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
        Target target = target(name, required(what, "target", request.target()));
        return added(backups.add(new HostName(host), name, target, credentials(request.credentials())));
    }

    record CredentialsRequest(@Nullable Map<String, SecretText> credentials) {}

    /** Gives a place other keys. An SSH key that is not given is made. */
    @PostMapping("/backups/targets/{target}/keys")
    AddedView giveKeys(
            @PathVariable String host, @PathVariable String target, @RequestBody CredentialsRequest request) {
        return added(backups.giveKeys(new HostName(host), target, credentials(request.credentials())));
    }

    private AddedView added(Backups.Added added) {
        return new AddedView(added.publicKey(), views.problem(added.unplaced()));
    }

    private static Map<String, SecretBytes> credentials(@Nullable Map<String, SecretText> given) {
        Map<String, SecretBytes> credentials = new HashMap<>();
        if (given != null) {
            given.forEach((each, value) -> credentials.put(each, SecretBytes.of(value)));
        }
        return credentials;
    }

    record KeysRequest(@Nullable String server, @Nullable Integer port) {}

    /** The keys that an SSH server shows to the box, for a person to compare. */
    @PostMapping("/backups/server-keys")
    List<ServerKey> serverKeys(@PathVariable String host, @RequestBody KeysRequest request) {
        String server = required("The server was not asked.", "server", request.server());
        return backups.serverKeys(new HostName(host), server, request.port());
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

    /** Beside the data of the app, or beside the mail. */
    @PostMapping("/backups/targets/{target}/restore-copy")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView restoreCopy(
            @PathVariable String host, @PathVariable String target, @RequestBody RestoreRequest request) {
        return views.operation(backups.restoreCopy(new HostName(host), kept(target, request)));
    }

    /** In the place of that data. */
    @PostMapping("/backups/targets/{target}/restore")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView restore(@PathVariable String host, @PathVariable String target, @RequestBody RestoreRequest request) {
        return views.operation(backups.restore(new HostName(host), kept(target, request)));
    }

    private static KeptBackup kept(String target, RestoreRequest request) {
        String what = "Nothing was restored.";
        return new KeptBackup(
                target,
                required(what, "snapshot", request.snapshot()),
                request.app() == null ? null : new AppName(request.app()),
                request.mailboxes() == null ? List.of() : request.mailboxes());
    }

    /** What a copy beside the app's data holds, against that data. */
    @GetMapping("/apps/{app}/restores/{snapshot}")
    RestoreComparison compared(@PathVariable String host, @PathVariable String app, @PathVariable String snapshot) {
        return backups.compared(new HostName(host), new AppName(app), snapshot);
    }

    /** Deletes such a copy. */
    @PostMapping("/apps/{app}/restores/{snapshot}/discard")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discard(@PathVariable String host, @PathVariable String app, @PathVariable String snapshot) {
        backups.discard(new HostName(host), new AppName(app), snapshot);
    }

    /** Gives the app the data again that a backup took the place of. */
    @PostMapping("/apps/{app}/replaced/{snapshot}/undo")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView undoRestore(@PathVariable String host, @PathVariable String app, @PathVariable String snapshot) {
        return views.operation(backups.undoRestore(new HostName(host), new AppName(app), snapshot));
    }

    /** Deletes it. */
    @PostMapping("/apps/{app}/replaced/{snapshot}/drop")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void dropReplaced(
            @PathVariable String host,
            @PathVariable String app,
            @PathVariable String snapshot,
            @RequestBody DropRequest request) {
        backups.dropReplaced(
                new HostName(host),
                new AppName(app),
                snapshot,
                required("Nothing was deleted.", "confirm", request.confirm()));
    }

    // ---- the same of mail

    @GetMapping("/mail/restores/{copy}")
    MailComparison comparedMail(@PathVariable String host, @PathVariable String copy) {
        return backups.comparedMail(new HostName(host), copy);
    }

    /** Deletes a copy beside the mail. */
    @PostMapping("/mail/restores/{copy}/discard")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discardMail(@PathVariable String host, @PathVariable String copy) {
        backups.discard(new HostName(host), null, copy);
    }

    /** Gives the box the mail again that a backup took the place of. */
    @PostMapping("/mail/replaced/{copy}/undo")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView undoMailRestore(@PathVariable String host, @PathVariable String copy) {
        return views.operation(backups.undoRestore(new HostName(host), null, copy));
    }

    /** Deletes it; {@code confirm} is mail. */
    @PostMapping("/mail/replaced/{copy}/drop")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void dropReplacedMail(@PathVariable String host, @PathVariable String copy, @RequestBody DropRequest request) {
        backups.dropReplaced(
                new HostName(host), null, copy, required("Nothing was deleted.", "confirm", request.confirm()));
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
