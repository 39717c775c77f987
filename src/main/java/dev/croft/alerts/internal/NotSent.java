package dev.croft.alerts.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;

/** A channel did not take a message. */
final class NotSent extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final boolean inDoubt;

    private NotSent(Problem problem, boolean inDoubt) {
        super(problem.why());
        this.problem = problem;
        this.inDoubt = inDoubt;
    }

    /** It has certainly not been taken. */
    static NotSent certainly(String why, String next) {
        return new NotSent(problem(why, next), false);
    }

    /** The answer is missing: it may have been taken. */
    static NotSent perhaps(String why, String next) {
        return new NotSent(problem(why, next), true);
    }

    static NotSent of(Problem problem) {
        return new NotSent(problem, false);
    }

    private static Problem problem(String why, String next) {
        return Problem.of(ProblemCode.ALERT_NOT_SENT, "The message was not delivered.", why, next);
    }

    Problem problem() {
        return problem;
    }

    boolean inDoubt() {
        return inDoubt;
    }
}
