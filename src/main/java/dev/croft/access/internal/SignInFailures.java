package dev.croft.access.internal;

import dev.croft.access.Providers.Settings;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.stereotype.Component;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClientResponseException;

/** A sign-in that failed, in words for its person; the sign-in page shows them. */
@Component
class SignInFailures implements AuthenticationFailureHandler {

    private static final Logger log = LoggerFactory.getLogger(SignInFailures.class);

    private final ProviderTable providers;
    private final SignInTests tests;
    private final AccountTable accounts;
    private final Trail trail;
    private final Clock clock;

    SignInFailures(ProviderTable providers, SignInTests tests, AccountTable accounts, Trail trail, Clock clock) {
        this.providers = providers;
        this.tests = tests;
        this.accounts = accounts;
        this.trail = trail;
        this.clock = clock;
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
            throws IOException {
        if (failure instanceof CodeWantedException wanted) {
            boolean again = request.getServletPath().equals(SignInPaths.CODE);
            if (again) {
                tell(request, failure, wrongCode());
                request.getSession().setAttribute(SignInPaths.FAILURE, wrongCode());
            } else {
                CodeSignIn.want(request, wanted.account(), clock);
            }
            response.sendRedirect(request.getContextPath() + SignInPaths.CODE);
            return;
        }
        String id = request.getServletPath().substring(request.getServletPath().lastIndexOf('/') + 1);
        Settings settings = tests.find(id)
                .map(SignInTests.Run::settings)
                .or(() -> providers.find(id).map(ProviderTable.Row::settings))
                .orElse(null);
        Problem problem = problem(failure, settings);
        if (problem.code() != ProblemCode.SIGN_IN_FAILED) {
            log.info("A sign-in failed: {}", problem.why());
        }
        if (SignInTests.isTest(id)) {
            tests.failed(id, problem);
            response.sendRedirect(request.getContextPath() + SignInPaths.TEST_RESULT + id);
            return;
        }
        tell(request, failure, problem);
        request.getSession().setAttribute(SignInPaths.FAILURE, problem);
        // Whoever is signed in, as for a proof, is not shown the sign-in page.
        String page = SessionGuard.holder(request.getSession()) == null ? SignInPaths.LOGIN : SignInPaths.CONFIRMED;
        response.sendRedirect(
                request.getContextPath() + page + "?error=" + problem.code().name());
    }

    /** Every failure comes by here, whatever its class; the audit has a line of each. */
    private void tell(HttpServletRequest request, AuthenticationException failure, Problem problem) {
        String typed = request.getParameter(UsernamePasswordAuthenticationFilter.SPRING_SECURITY_FORM_USERNAME_KEY);
        String who = switch (failure) {
            case ProblemSignInException known when !known.who().isEmpty() -> known.who();
            case CodeWantedException wanted ->
                accounts.find(wanted.account()).map(Account::username).orElse("");
            default ->
                typed == null
                        ? CodeSignIn.halfway(request)
                                .flatMap(accounts::find)
                                .map(Account::username)
                                .orElse("")
                        : typed;
        };
        String path = request.getServletPath();
        String way = switch (path) {
            case SignInPaths.LOGIN -> "password";
            case SignInPaths.CODE -> CodeSignIn.WAY;
            case SignInPaths.PASSKEY -> PasskeySignIn.WAY;
            default -> ProviderSignIn.way(path.substring(path.lastIndexOf('/') + 1));
        };
        trail.notSignedIn(request, who, way, problem);
    }

    /** @param settings of the provider; null: it was none, or an unknown one */
    static Problem problem(Throwable failure, @Nullable Settings settings) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case ProblemSignInException known -> {
                    return known.problem();
                }
                case ProblemException known -> {
                    return known.problem();
                }
                case TooManyAttemptsException many -> {
                    return Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "You are not signed in.",
                            "There were too many attempts in a short time.",
                            "Wait a minute, then try again.");
                }
                case JwtValidationException refused
                when settings != null -> {
                    return token(refused, settings);
                }
                case ResourceAccessException unreached
                when settings != null -> {
                    return Registrations.unreachable(settings, Registrations.cause(unreached), null)
                            .problem();
                }
                case RestClientResponseException answered
                when settings != null && answered.getStatusCode().is5xxServerError() -> {
                    return Registrations.unreachable(
                                    settings,
                                    "it answers HTTP "
                                            + answered.getStatusCode().value(),
                                    null)
                            .problem();
                }
                default -> {
                    // Its cause may be known.
                }
            }
        }
        return error(failure)
                .map(error -> provider(error, settings))
                .orElseGet(() -> isUnknown(failure)
                        ? notOffered(settings == null ? "that provider" : settings.name())
                        : wrongPassword());
    }

    /** The innermost: those around it say only that it was not expected. */
    private static Optional<OAuth2Error> error(Throwable failure) {
        OAuth2Error found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            found = switch (cause) {
                case OAuth2AuthenticationException by -> by.getError();
                case OAuth2AuthorizationException by -> by.getError();
                default -> found;
            };
        }
        return Optional.ofNullable(found);
    }

    /** Spring Security has a class for it that nobody else may see. */
    private static boolean isUnknown(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).startsWith("Invalid Client Registration")) {
                return true;
            }
        }
        return false;
    }

    private static Problem wrongPassword() {
        return Problem.of(
                ProblemCode.SIGN_IN_FAILED,
                "You are not signed in.",
                "The user name or the password is not right.",
                "Check both and try again.");
    }

    static Problem notOffered(String provider) {
        return Problem.of(
                ProblemCode.SIGN_IN_REFUSED,
                "You are not signed in.",
                "There is no sign-in by " + provider + " here, or it was switched off.",
                "Choose another way to sign in.");
    }

    private static Problem wrongCode() {
        return Problem.of(
                ProblemCode.SIGN_IN_FAILED,
                "You are not signed in yet.",
                "The code is not right, or was used before.",
                "Wait for the next code of the app, or type one of your recovery codes.");
    }

    private static Problem token(JwtValidationException refused, Settings settings) {
        String said =
                refused.getErrors().stream().map(OAuth2Error::getDescription).collect(Collectors.joining("; "));
        boolean late = said.contains("Jwt expired at");
        boolean early = said.contains("Jwt used before");
        boolean issuer = said.contains("{iss=") || said.contains(", iss=");
        String why = late || early
                ? "The token that it sent "
                        + (late
                                ? "had expired already when it came."
                                : "is only good later: its clock is ahead of this one.")
                : issuer
                        ? "The token that it sent names another issuer than " + settings.issuer() + "."
                        : "The token that it sent is not one for this console.";
        String next = late || early
                ? "Compare the clocks of this machine and of the provider: both have to be right."
                : "Compare issuer and client ID with what the provider shows.";
        return Registrations.refused(settings, why, next, null).problem().withDetail(said);
    }

    private static Problem provider(OAuth2Error error, @Nullable Settings settings) {
        String name = settings == null ? "the provider" : settings.name();
        String said = Stream.of(error.getErrorCode(), error.getDescription())
                .filter(text -> text != null && !text.isEmpty())
                .collect(Collectors.joining(": "));
        return switch (error.getErrorCode()) {
            case "access_denied",
                    "login_required",
                    "interaction_required",
                    "consent_required",
                    "account_selection_required" ->
                Problem.of(
                                ProblemCode.SIGN_IN_REFUSED,
                                "You are not signed in.",
                                "You are not let in by " + name + ", or the sign-in there was given up.",
                                "Try again, or ask whoever runs it.")
                        .withDetail(said);
            case "authorization_request_not_found", "invalid_state_parameter" ->
                Problem.of(
                        ProblemCode.SIGN_IN_REFUSED,
                        "You are not signed in.",
                        "This sign-in was not begun in this browser, was used already, or took too long.",
                        "Begin again here.");
            case "client_registration_not_found" -> notOffered(name);
            case "temporarily_unavailable", "server_error" ->
                Problem.of(
                                ProblemCode.PROVIDER_UNREACHABLE,
                                "You are not signed in.",
                                "An error inside " + name + " ended the sign-in.",
                                "Try again in a minute.")
                        .withDetail(said);
            case "invalid_client", "unauthorized_client" ->
                refused(
                        name,
                        "It does not accept this console's client ID or secret.",
                        "Enter both again under Settings → Sign-in.",
                        said);
            case "invalid_redirect_uri" ->
                refused(
                        name,
                        "It does not send people back to the address of this console.",
                        "Add the redirect address that Settings → Sign-in shows to the client at the provider.",
                        said);
            case "invalid_nonce", "invalid_id_token" ->
                refused(
                        name,
                        "The token that it sent does not belong to this sign-in, or its signature is not right.",
                        "Begin again. If it stays so, somebody may be interfering: tell an administrator.",
                        said);
            case "invalid_user_info_response" ->
                refused(name, "Its user-info page did not say who you are.", "Ask whoever runs it.", said);
            default ->
                refused(
                        name,
                        "It ended the sign-in with an error.",
                        "The details have its words; ask whoever runs it.",
                        said);
        };
    }

    private static Problem refused(String name, String why, String next, String said) {
        return Problem.of(ProblemCode.PROVIDER_REFUSED, "The sign-in by " + name + " did not work.", why, next)
                .withDetail(said);
    }
}
