package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.setup.Setup;
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

    /** A class, not a record: a record would print the password with itself. */
    static final class SetupRequest {

        private final SecretText claim;
        private final String username;
        private final SecretText password;

        @com.fasterxml.jackson.annotation.JsonCreator
        SetupRequest(
                @com.fasterxml.jackson.annotation.JsonProperty("claim") @Nullable String claim,
                @com.fasterxml.jackson.annotation.JsonProperty("username") @Nullable String username,
                @com.fasterxml.jackson.annotation.JsonProperty("password") @Nullable String password) {
            this.claim = SecretText.of(required("claim", claim));
            this.username = required("username", username);
            this.password = SecretText.of(required("password", password));
        }

        private static String required(String field, @Nullable String value) {
            if (value == null) {
                throw Problem.of(
                                ProblemCode.INVALID_INPUT,
                                "Nothing was set up.",
                                field + ": the field is missing.",
                                "Send claim, username and password.")
                        .toException();
            }
            return value;
        }
    }

    record SetupAnswer(String token, String username, @Nullable String host) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    SetupAnswer complete(@RequestBody SetupRequest request) {
        Setup.Result result = setup.complete(request.claim, request.username, request.password);
        return new SetupAnswer(
                result.apiToken().reveal(),
                result.administrator().name(),
                result.host() == null ? null : result.host().name().value());
    }
}
