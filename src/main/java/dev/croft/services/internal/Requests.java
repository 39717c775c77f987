package dev.croft.services.internal;

import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;

/** What is looked at before a box is asked. */
final class Requests {

    private Requests() {}

    static void require(boolean holds, String what, String why) {
        if (!holds) {
            throw Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                    .toException();
        }
    }

    static void requireInForce(DesiredStates desired, HostName host, AppName app) {
        if (!desired.inForce(host).map(state -> state.apps().containsKey(app)).orElse(false)) {
            throw unknown(host, app);
        }
    }

    private static ProblemException unknown(HostName host, AppName app) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "Nothing was done.",
                        host + " has no app named \"" + app + "\".",
                        "Choose one of the Apps page. One that is only a draft has to be deployed first.")
                .toException();
    }
}
