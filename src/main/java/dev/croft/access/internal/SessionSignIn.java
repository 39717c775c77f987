package dev.croft.access.internal;

import dev.croft.access.Operator;
import dev.croft.access.SignIn;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.authentication.WebAuthenticationDetailsSource;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.stereotype.Component;

/** Does for the claim page what Spring's filter does for the sign-in page. */
@Component
class SessionSignIn implements SignIn {

    private final PasswordSignIn passwords;
    private final HttpSessionSecurityContextRepository sessions = new HttpSessionSecurityContextRepository();

    SessionSignIn(PasswordSignIn passwords) {
        this.passwords = passwords;
    }

    @Override
    public Operator signIn(
            HttpServletRequest request, HttpServletResponse response, String username, SecretText password) {
        var asked = UsernamePasswordAuthenticationToken.unauthenticated(username, password.reveal());
        asked.setDetails(new WebAuthenticationDetailsSource().buildDetails(request));
        Authentication authentication;
        try {
            authentication = passwords.authenticate(asked);
        } catch (TooManyAttemptsException e) {
            throw Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "You were not signed in.",
                            "There were too many failed attempts for this name from your address.",
                            "Wait some minutes, then try again.")
                    .toException();
        } catch (AuthenticationException e) {
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "You were not signed in.",
                            "The name or the password is wrong.",
                            "Check both and try again.")
                    .toException();
        }
        // A session id that somebody else may know must not become a signed-in one.
        request.getSession(true);
        request.changeSessionId();
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(authentication);
        SecurityContextHolder.setContext(context);
        sessions.saveContext(context, request, response);
        return ((SignedIn) authentication).getPrincipal().operator();
    }
}
