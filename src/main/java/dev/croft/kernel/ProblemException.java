package dev.croft.kernel;

/** The only exception that crosses a module's door on purpose. */
public final class ProblemException extends RuntimeException {

    private final Problem problem;

    public ProblemException(Problem problem) {
        this(problem, null);
    }

    public ProblemException(Problem problem, @org.jspecify.annotations.Nullable Throwable cause) {
        super(problem.code() + ": " + problem.what() + " " + problem.why(), cause);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
