package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.net.URI;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Whatever goes wrong behind the API, as a problem document (RFC 9457) with the code that the screens show too. */
@RestControllerAdvice(basePackageClasses = ProblemDocuments.class)
class ProblemDocuments extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemDocuments.class);

    @ExceptionHandler
    ResponseEntity<Object> problem(ProblemException failure) {
        return answer(failure.problem());
    }

    /** The security chain answers these: it says the same for everything, whether it exists or not. */
    @ExceptionHandler({AccessDeniedException.class, AuthenticationException.class})
    void leaveToTheSecurityChain(RuntimeException failure) {
        throw failure;
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(RuntimeException failure) {
        if (failure instanceof CompletionException && failure.getCause() instanceof ProblemException inner) {
            return answer(inner.problem());
        }
        log.error("A request failed inside the console", failure);
        return answer(Problem.of(
                ProblemCode.INTERNAL,
                "The request was not carried out.",
                "An unexpected failure inside the console; its log has the details.",
                "Report it with the console's log."));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException failure, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyLimitFilter.BodyTooLarge tooLarge) {
                return answer(
                        HttpStatus.CONTENT_TOO_LARGE,
                        invalid(String.valueOf(tooLarge.getMessage()), "Send less at once."));
            }
            if (cause instanceof ProblemException known) {
                return answer(known.problem());
            }
            if (cause instanceof UnrecognizedPropertyException unknown) {
                return answer(
                        HttpStatus.BAD_REQUEST,
                        invalid(
                                unknown.getPropertyName() + ": unknown field; known are "
                                        + unknown.getKnownPropertyIds() + ".",
                                "Correct its name or leave it out."));
            }
        }
        return answer(
                HttpStatus.BAD_REQUEST,
                invalid("The body is not the JSON that is expected here.", "Compare it with /v3/api-docs."));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException failure, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        String name = failure.getPropertyName();
        return answer(
                status,
                Problem.of(
                        ProblemCode.BAD_REQUEST,
                        "Nothing was done.",
                        (name == null ? "A parameter" : name) + ": the value is of another type.",
                        "Compare it with /v3/api-docs."));
    }

    /** All that Spring refuses by itself: methods, media types, parameters. */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception failure, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        ProblemDetail said = body instanceof ProblemDetail detail
                ? detail
                : failure instanceof ErrorResponse refusal ? refusal.getBody() : null;
        String why = said != null && said.getDetail() != null ? said.getDetail() : "The request does not fit the API.";
        Problem problem = status.value() == HttpStatus.NOT_FOUND.value()
                ? Problem.of(
                        ProblemCode.NOT_FOUND,
                        "Nothing was done.",
                        "The API has nothing at this address.",
                        "Compare it with /v3/api-docs.")
                : Problem.of(ProblemCode.BAD_REQUEST, "Nothing was done.", why, "Compare it with /v3/api-docs.");
        ResponseEntity<Object> answer = answer(status, problem);
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(answer.getBody());
    }

    private static Problem invalid(String why, String next) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was done.", why, next);
    }

    private static ResponseEntity<Object> answer(Problem problem) {
        return answer(status(problem.code()), problem);
    }

    private static ResponseEntity<Object> answer(HttpStatusCode status, Problem problem) {
        ProblemDetail document = ProblemDetail.forStatusAndDetail(status, problem.why() + " " + problem.next());
        document.setType(URI.create("urn:croft:problem:" + problem.code().name()));
        document.setTitle(problem.what());
        document.setProperty("code", problem.code().name());
        document.setProperty("what", problem.what());
        document.setProperty("why", problem.why());
        document.setProperty("next", problem.next());
        if (problem.detail() != null) {
            document.setProperty("log", problem.detail());
        }
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.status(status).contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.code() == ProblemCode.CONFIRM_REFUSED) {
            // A connection from before the change proves nothing; the next try is to come over a new one.
            answer.header(HttpHeaders.CONNECTION, "close");
        }
        return answer.body(document);
    }

    private static HttpStatus status(ProblemCode code) {
        return switch (code) {
            case NOT_FOUND, GENERATION_NOT_FOUND, SNAPSHOT_NOT_FOUND -> HttpStatus.NOT_FOUND;
            case NOT_ALLOWED, CLAIM_INVALID, INVITATION_INVALID, SIGN_IN_REFUSED -> HttpStatus.FORBIDDEN;
            case SIGN_IN_FAILED, SESSION_ENDED -> HttpStatus.UNAUTHORIZED;
            case PASSWORD_NEEDED -> HttpStatus.FORBIDDEN;
            case TOO_MANY_ATTEMPTS -> HttpStatus.TOO_MANY_REQUESTS;
            case INVALID_INPUT, BAD_REQUEST -> HttpStatus.BAD_REQUEST;
            case CONFLICT,
                    LAST_ADMINISTRATOR,
                    ALREADY_SET_UP,
                    HOST_BUSY,
                    HOST_FLAKE_DIRTY,
                    STATE_CHANGED,
                    PLAN_OUTDATED,
                    PORT_TAKEN,
                    DATABASE_IN_USE,
                    DATA_IN_USE,
                    MAIL_NOT_SET_UP,
                    MAILBOX_IN_USE,
                    UPGRADE_NEEDED,
                    CANCELLED,
                    GENERATION_IN_USE,
                    SECRET_MISSING,
                    SECRET_IN_USE,
                    CERTIFICATE_IN_USE,
                    CONFIRM_REFUSED,
                    WOULD_LOCK_OUT,
                    CONFIRM_MISSED,
                    REVERTED -> HttpStatus.CONFLICT;
            case SOURCE_REFUSED,
                    SOURCE_UNREACHABLE,
                    SOURCE_REF_NOT_FOUND,
                    SOURCE_NOT_BUILDABLE,
                    SOURCE_CHANGED,
                    SECRET_FOUND,
                    SECRET_LOCKED,
                    SQL_FAILED,
                    CERTIFICATE_REFUSED,
                    PROVIDER_REFUSED,
                    STATE_REFUSED,
                    STATE_VERSION -> HttpStatus.UNPROCESSABLE_CONTENT;
            case HOST_UNREACHABLE, LINK_LOST, VAULT_LOCKED, PROVIDER_UNREACHABLE -> HttpStatus.SERVICE_UNAVAILABLE;
            case ALERT_NOT_SENT -> HttpStatus.BAD_GATEWAY;
            case INTERNAL, AUDIT_BROKEN -> HttpStatus.INTERNAL_SERVER_ERROR;
            case PROTOCOL_ERROR,
                    PROTOCOL_UNSUPPORTED,
                    HOST_KEY_CHANGED,
                    HOST_KEY_UNKNOWN,
                    HOST_REFUSED_KEY,
                    HELPER_TOO_OLD,
                    EVALUATION_FAILED,
                    EVALUATION_OUT_OF_MEMORY,
                    BUILD_FAILED,
                    CERTIFICATE_NOT_ISSUED,
                    DISK_FULL,
                    BOOT_FULL,
                    SNAPSHOT_FAILED,
                    DUMP_FAILED,
                    BACKUP_UNREACHABLE,
                    BACKUP_REFUSED,
                    BACKUP_DAMAGED,
                    BACKUP_FAILED,
                    RESTORE_TEST_FAILED,
                    MIGRATION_FAILED,
                    UPGRADE_FAILED,
                    EXEC_FAILED,
                    SWITCH_FAILED,
                    APP_EXITED,
                    APP_UNHEALTHY,
                    OPERATION_DIED -> HttpStatus.BAD_GATEWAY;
        };
    }
}
