package dev.croft.hostlink.internal.wire;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;

/** The one way to say that a box spoke out of turn. */
final class ProtocolProblems {

    private ProtocolProblems() {}

    static ProblemException notUnderstood(String why) {
        return notUnderstood(why, null);
    }

    static ProblemException notUnderstood(String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.PROTOCOL_ERROR,
                        "The box's answer was not understood, and the channel was closed.",
                        why,
                        "Bring the box's croft-host module and this console to the same release, then try again."),
                cause);
    }
}
