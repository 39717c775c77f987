package dev.croft.access.internal;

import dev.croft.access.Attempts;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.AbstractAuthenticationProcessingFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;

/** The one step of a local account with a passkey: POST of what the browser of the sign-in page answered. */
final class PasskeySignIn extends AbstractAuthenticationProcessingFilter {

    static final String WAY = "passkey";

    /** Attribute of the HTTP session: what the sign-in page asked for. */
    private static final String ASKED = PasskeySignIn.class.getName() + ".asked";

    private final RelyingParty party;
    private final ProviderTable providers;
    private final Attempts attempts;
    private final Confirmations confirmations;
    private final Roles roles;

    PasskeySignIn(
            RelyingParty party, ProviderTable providers, Attempts attempts, Confirmations confirmations, Roles roles) {
        super(PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.POST, SignInPaths.PASSKEY));
        this.party = party;
        this.providers = providers;
        this.attempts = attempts;
        this.confirmations = confirmations;
        this.roles = roles;
        // Nobody is asked: this filter itself looks.
        setAuthenticationManager(nobody -> null);
    }

    /** The same for two tabs of one browser, until one of them is answered. */
    static PublicKeyCredentialRequestOptions ask(HttpServletRequest page, PasskeySite site, RelyingParty party) {
        HttpSession session = page.getSession();
        if (session.getAttribute(ASKED) instanceof PublicKeyCredentialRequestOptions asked
                && site.name().equals(asked.getRpId())) {
            return asked;
        }
        PublicKeyCredentialRequestOptions fresh = party.known(site, null);
        session.setAttribute(ASKED, fresh);
        return fresh;
    }

    @Override
    public Authentication attemptAuthentication(HttpServletRequest request, HttpServletResponse response) {
        if (!providers.passwordSignIn()) {
            throw new ProblemSignInException(Problem.of(
                    ProblemCode.SIGN_IN_REFUSED,
                    "You are not signed in.",
                    "Signing in with an account of this console is switched off.",
                    "Sign in by one of the providers. If none works, docs/recovery.md says how to get back in."));
        }
        BrowserCookie.Details details = new BrowserCookie.Details(request, WAY);
        String key = "passkey from " + details.getRemoteAddress();
        if (!attempts.take(key)) {
            throw new TooManyAttemptsException(attempts.wait(key));
        }
        String answer = Optional.ofNullable(request.getParameter("answer")).orElse("");
        Account account = asked(request)
                .flatMap(asked -> PasskeySite.of(request).flatMap(site -> party.shown(site, asked, answer)))
                .orElseThrow(() -> new ProblemSignInException(
                        Problem.of(
                                ProblemCode.SIGN_IN_FAILED,
                                "You are not signed in.",
                                "The passkey is not one of this console, was removed, or its answer came too late.",
                                "Try again, or sign in another way."),
                        party.claimed(answer)));
        attempts.succeeded(key);
        SignedIn signedIn = roles.signedIn(account, details.session());
        signedIn.setDetails(details);
        confirmations.confirm(signedIn.getName(), details.session());
        return signedIn;
    }

    /** Taken out: an answer is good once. */
    private static Optional<PublicKeyCredentialRequestOptions> asked(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session == null || !(session.getAttribute(ASKED) instanceof PublicKeyCredentialRequestOptions asked)) {
            return Optional.empty();
        }
        session.removeAttribute(ASKED);
        return Optional.of(asked);
    }
}
