package dev.croft.access.internal;

import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Holds each request of a browser against the sign-ins that are open: an HTTP session whose sign-in has ended is ended too, and one
 * that is new, as after a restart of the console, is given to whom the cookie names.
 */
class SessionGuard extends OncePerRequestFilter {

    private static final String CONTEXT = HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY;

    private final OpenSessions sessions;
    private final AccountTable accounts;
    private final Roles roles;
    private final StillVouched vouched;

    SessionGuard(OpenSessions sessions, AccountTable accounts, Roles roles, StillVouched vouched) {
        this.sessions = sessions;
        this.accounts = accounts;
        this.roles = roles;
        this.vouched = vouched;
    }

    /** Named, so that Boot does not make it a filter of the whole server as well. */
    @Component
    static final class Parts {
        private final OpenSessions sessions;
        private final AccountTable accounts;
        private final Roles roles;
        private final StillVouched vouched;

        Parts(OpenSessions sessions, AccountTable accounts, Roles roles, StillVouched vouched) {
            this.sessions = sessions;
            this.accounts = accounts;
            this.roles = roles;
            this.vouched = vouched;
        }

        SessionGuard guard() {
            return new SessionGuard(sessions, accounts, roles, vouched);
        }
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        SignedIn holder = holder(request.getSession(false));
        boolean marked = OpenSessions.cookie(request).isPresent();
        if (holder == null && !marked) {
            chain.doFilter(request, response);
            return;
        }
        Optional<OpenSessions.Held> open = sessions.of(request).filter(vouched::check);
        if (open.isPresent()) {
            admit(open.get(), holder, request);
        } else {
            turnAway(holder, request, response);
        }
        chain.doFilter(request, response);
    }

    private void admit(OpenSessions.Held open, @Nullable SignedIn holder, HttpServletRequest request) {
        if (holder == null || !Objects.equals(holder.account(), open.row.account())) {
            Optional<Account> account = accounts.find(open.row.account());
            if (account.isEmpty()) {
                return;
            }
            if (holder != null) {
                request.getSession().invalidate();
            }
            SignedIn again = roles.signedIn(account.get(), open.row.browser());
            again.setDetails(new BrowserCookie.Details(request));
            request.getSession().setAttribute(CONTEXT, new SecurityContextImpl(again));
        }
        sessions.attach(open, request.getSession());
        if (!isOfThePageItself(request)) {
            sessions.touch(open);
        }
    }

    private void turnAway(@Nullable SignedIn holder, HttpServletRequest request, HttpServletResponse response) {
        HttpSession session = request.getSession(false);
        if (holder != null && session != null) {
            session.invalidate();
        }
        // Kept until a page is asked for, which can show it.
        if (isNavigation(request)) {
            Optional<Problem> why = sessions.whyEnded(request);
            why.ifPresent(problem -> request.getSession().setAttribute(SignInPaths.FAILURE, problem));
            // Also of whoever signed out by the menu: that goes over the page's channel, where an answer has no
            // headers.
            OpenSessions.forget(request, response);
        }
    }

    /** Who is signed in with that HTTP session. */
    static @Nullable SignedIn holder(@Nullable HttpSession session) {
        return session != null
                        && session.getAttribute(CONTEXT) instanceof SecurityContext context
                        && context.getAuthentication() instanceof SignedIn signedIn
                ? signedIn
                : null;
    }

    private static boolean isNavigation(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return "GET".equals(request.getMethod()) && accept != null && accept.contains("text/html");
    }

    /** What an open page sends while nobody touches it. */
    private static boolean isOfThePageItself(HttpServletRequest request) {
        String kind = request.getParameter("v-r");
        return "heartbeat".equals(kind) || "push".equals(kind);
    }

    /** An event stream is written by a later dispatch of the same request. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return true;
    }
}
