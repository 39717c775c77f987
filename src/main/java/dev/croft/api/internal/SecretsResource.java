package dev.croft.api.internal;

import dev.croft.api.internal.Views.ProblemView;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Secrets of apps and services: they come in by this door and never go out by it. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class SecretsResource {

    private final Secrets secrets;
    private final Views views;

    SecretsResource(Secrets secrets, Views views) {
        this.secrets = secrets;
        this.views = views;
    }

    /**
     * @param as how the app gets it, with the drafts applied; absent: it does not
     * @param sops where in the box's flake it is kept, encrypted; absent: it is sealed on the box
     * @param onBox yes, other (another value than the one set here), no, git (the box opens it itself), or unknown
     * @param kept whether this console has the value
     */
    record SecretView(
            @Nullable String app,
            @Nullable String service,
            String name,
            @Nullable String as,
            @Nullable InGit sops,
            @Nullable Long bytes,
            @Nullable Instant changedAt,
            @Nullable String changedBy,
            String onBox,
            boolean kept,
            List<String> usedBy) {}

    /** @param problem why the box does not have it yet; it gets there before the next change is applied */
    record PlacedView(
            SecretView entry,
            List<String> restarted,
            @Nullable ProblemView problem) {}

    @GetMapping("/secrets")
    List<SecretView> list(@PathVariable String host) {
        return secrets.list(new HostName(host)).stream()
                .map(SecretsResource::view)
                .toList();
    }

    @GetMapping("/apps/{app}/secrets")
    List<SecretView> list(@PathVariable String host, @PathVariable String app) {
        return secrets.list(new HostName(host), new AppName(app)).stream()
                .map(SecretsResource::view)
                .toList();
    }

    /** The body is the value, byte for byte; with encoding=base64 it is read as that. restart=true: what uses it sees it at once. */
    @PutMapping(path = "/apps/{app}/secrets/{name}", consumes = MediaType.ALL_VALUE)
    PlacedView put(
            @PathVariable String host,
            @PathVariable String app,
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean restart,
            @RequestParam(required = false) @Nullable String encoding,
            @RequestBody(required = false) byte @Nullable [] body) {
        return put(host, SecretOwner.of(new AppName(app)), name, body, encoding, restart);
    }

    /** The same for what a service of the box needs, such as the token of a DNS provider (service acme). */
    @PutMapping(path = "/services/{service}/secrets/{name}", consumes = MediaType.ALL_VALUE)
    PlacedView putOfService(
            @PathVariable String host,
            @PathVariable String service,
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean restart,
            @RequestParam(required = false) @Nullable String encoding,
            @RequestBody(required = false) byte @Nullable [] body) {
        return put(host, SecretOwner.ofService(service), name, body, encoding, restart);
    }

    private PlacedView put(
            String host,
            SecretOwner owner,
            String name,
            byte @Nullable [] body,
            @Nullable String encoding,
            boolean restart) {
        SecretBytes raw = SecretBytes.of(body == null ? new byte[0] : body);
        Secrets.Placed placed = secrets.set(new HostName(host), owner, name, decoded(raw, encoding), restart);
        return new PlacedView(view(placed.known()), placed.restarted(), views.problem(placed.problem()));
    }

    private static SecretBytes decoded(SecretBytes raw, @Nullable String encoding) {
        if (encoding == null) {
            return raw;
        }
        if (!"base64".equals(encoding)) {
            throw invalid("encoding: it is base64, or left out.");
        }
        try {
            return SecretBytes.ofBase64(raw);
        } catch (IllegalArgumentException e) {
            throw invalid("value: it is no base64.");
        }
    }

    @DeleteMapping("/apps/{app}/secrets/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String host, @PathVariable String app, @PathVariable String name) {
        secrets.remove(new HostName(host), SecretOwner.of(new AppName(app)), name);
    }

    @DeleteMapping("/services/{service}/secrets/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void deleteOfService(@PathVariable String host, @PathVariable String service, @PathVariable String name) {
        secrets.remove(new HostName(host), SecretOwner.ofService(service), name);
    }

    private static SecretView view(Secret secret) {
        AppName app = secret.owner().app();
        String onBox = switch (secret.box()) {
            case THERE -> "yes";
            case OTHER, UNKNOWN -> secret.box().name().toLowerCase(Locale.ROOT);
            case MISSING -> "no";
            case IN_GIT -> "git";
        };
        return new SecretView(
                app == null ? null : app.value(),
                secret.owner().service(),
                secret.name(),
                secret.drafted() == null ? null : secret.drafted().as().word(),
                secret.drafted() == null ? null : secret.drafted().inGit(),
                secret.bytes(),
                secret.changedAt(),
                secret.changedBy(),
                onBox,
                secret.isKept(),
                secret.usedBy());
    }

    private static RuntimeException invalid(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "The secret was not accepted.", why, "Correct it and try again.")
                .toException();
    }
}
