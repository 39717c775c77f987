package dev.croft.access.internal;

import dev.croft.kernel.Problem;
import java.io.Serial;
import org.springframework.security.core.AuthenticationException;

/** A sign-in that failed for a reason that its person can be told. */
final class ProblemSignInException extends AuthenticationException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final String who;

    ProblemSignInException(Problem problem) {
        this(problem, "");
    }

    /** @param who it was, as far as that is known */
    ProblemSignInException(Problem problem, String who) {
        super(problem.code().name());
        this.problem = problem;
        this.who = who;
    }

    String who() {
        return who;
    }

    Problem problem() {
        return problem;
    }
}
