package dev.croft.ui.services;

import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.vault.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Mail as it is to be and as it is.
 *
 * @param wanted with the drafts laid over; null: none
 * @param report null: the box has no mail, or was not heard
 * @param problem why there is no report
 * @param stored what is known of the relay's password; null: nobody has set one
 */
record MailSeen(
        HostState.@Nullable Mail wanted,
        @Nullable MailReport report,
        @Nullable Problem problem,
        @Nullable Secret stored) {

    /** The box was heard, and has none. */
    boolean isNotOnTheBox() {
        return problem != null && problem.code() == ProblemCode.MAIL_NOT_SET_UP;
    }

    HostState.@Nullable MailRelay relay() {
        return wanted == null ? null : wanted.relay();
    }

    HostState.@Nullable MailServer server() {
        return wanted == null ? null : wanted.server();
    }
}
