package dev.croft.ui.setup;

import com.vaadin.flow.server.VaadinSession;
import com.vaadin.flow.server.WrappedSession;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import java.util.Optional;

/** What the security chain left in the session for the page that comes next. */
final class SignInWords {

    private SignInWords() {}

    /** Why the last sign-in failed, or the session ended; told once. */
    static Optional<Problem> takeFailure() {
        WrappedSession session = VaadinSession.getCurrent().getSession();
        if (session == null || !(session.getAttribute(SignInPaths.FAILURE) instanceof Problem problem)) {
            return Optional.empty();
        }
        session.removeAttribute(SignInPaths.FAILURE);
        return Optional.of(problem);
    }

    /** For the sign-in page, which comes next. */
    static void leave(Problem problem) {
        VaadinSession.getCurrent().getSession().setAttribute(SignInPaths.FAILURE, problem);
    }

    static boolean isCodeWanted() {
        WrappedSession session = VaadinSession.getCurrent().getSession();
        return session != null && session.getAttribute(SignInPaths.CODE_WANTED) != null;
    }
}
