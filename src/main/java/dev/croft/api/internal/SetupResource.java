package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.setup.Setup;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** POST /setup: once. */
@RestController
@RequestMapping("/api/v1/setup")
class SetupResource {

    private final Setup setup;

    SetupResource(Setup setup) {
        this.setup = setup;
    }

    /** The password and the claim are masked from the first moment on: a record prints its components. */
    record SetupRequest(
            @Nullable SecretText claim,
            @Nullable String username,
            @Nullable SecretText password) {}

    /**
     * @param token of the administrator, good until {@code tokenExpires}
     * @param recoveryKey opens the vault when its key file is lost; it is in this answer and nowhere else afterwards
     */
    record SetupAnswer(
            String token,
            Instant tokenExpires,
            String username,
            @Nullable String host,
            @Nullable String recoveryKey) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    SetupAnswer complete(@RequestBody SetupRequest request) {
        if (request.claim() == null || request.username() == null || request.password() == null) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was set up.",
                            "A field is missing.",
                            "Send claim, username and password.")
                    .toException();
        }
        Setup.Scripted done = setup.completeByScript(request.claim(), request.username(), request.password());
        Setup.Result result = done.result();
        return new SetupAnswer(
                done.apiToken().reveal(),
                done.expires(),
                result.administrator().name(),
                result.host() == null ? null : result.host().name().value(),
                result.recoveryKey() == null ? null : result.recoveryKey().reveal());
    }
}
