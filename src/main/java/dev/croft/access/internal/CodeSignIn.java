package dev.croft.access.internal;

import dev.croft.access.Attempts;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.Serializable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.AbstractAuthenticationProcessingFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;

/** The second step of a local account: POST of a code by the browser that gave the right password a moment ago. */
final class CodeSignIn extends AbstractAuthenticationProcessingFilter {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int CODE_MOST = 64;

    static final String WAY = "password and code";

    private final AccountTable accounts;
    private final SecondFactors factors;
    private final Attempts attempts;
    private final Confirmations confirmations;
    private final Roles roles;
    private final Clock clock;

    /** Whose password was right, and when. */
    private record Half(long account, Instant since) implements Serializable {}

    CodeSignIn(
            AccountTable accounts,
            SecondFactors factors,
            Attempts attempts,
            Confirmations confirmations,
            Roles roles,
            Clock clock) {
        super(PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.POST, SignInPaths.CODE));
        this.accounts = accounts;
        this.factors = factors;
        this.attempts = attempts;
        this.confirmations = confirmations;
        this.roles = roles;
        this.clock = clock;
        // Nobody is asked: this filter itself looks.
        setAuthenticationManager(nobody -> null);
    }

    static void want(HttpServletRequest request, long account, Clock clock) {
        request.getSession().setAttribute(SignInPaths.CODE_WANTED, new Half(account, clock.instant()));
    }

    /** Whose second step this browser is to take. */
    static Optional<Long> halfway(HttpServletRequest request) {
        return request.getSession(false) instanceof HttpSession session
                        && session.getAttribute(SignInPaths.CODE_WANTED) instanceof Half half
                ? Optional.of(half.account())
                : Optional.empty();
    }

    @Override
    public Authentication attemptAuthentication(HttpServletRequest request, HttpServletResponse response) {
        HttpSession session = request.getSession(false);
        if (session == null
                || !(session.getAttribute(SignInPaths.CODE_WANTED) instanceof Half half)
                || half.since().plus(PATIENCE).isBefore(clock.instant())) {
            if (session != null) {
                session.removeAttribute(SignInPaths.CODE_WANTED);
            }
            throw new BadCredentialsException("The password was not given, or too long ago.");
        }
        // Not by address: whoever knows the password may have many of those.
        String key = "code of account " + half.account();
        if (!attempts.take(key)) {
            throw new TooManyAttemptsException(attempts.wait(key));
        }
        String typed = request.getParameter("code");
        try {
            if (typed == null || typed.length() > CODE_MOST || !factors.use(half.account(), SecretText.of(typed))) {
                throw new CodeWantedException(half.account());
            }
        } catch (ProblemException e) {
            throw new ProblemSignInException(e.problem());
        }
        attempts.succeeded(key);
        session.removeAttribute(SignInPaths.CODE_WANTED);
        BrowserCookie.Details details = new BrowserCookie.Details(request, WAY);
        SignedIn signedIn = roles.signedIn(
                accounts.find(half.account()).orElseThrow(() -> new BadCredentialsException("The account is gone.")),
                details.session());
        signedIn.setDetails(details);
        confirmations.confirm(signedIn.getName(), details.session());
        return signedIn;
    }
}
