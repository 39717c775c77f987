package dev.croft.access.internal;

import dev.croft.access.Attempts;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/** Checks a name and a password, and slows down whoever tries many. */
@Component
class PasswordSignIn implements AuthenticationProvider {

    /** As the column of the names. */
    private static final int NAME_MOST = 64;

    private final AccountTable accounts;
    private final PasswordEncoder passwords;
    private final Attempts attempts;
    private final ProviderTable providers;
    private final SecondFactors factors;
    private final Confirmations confirmations;
    private final Roles roles;
    /** Compared with when the name is unknown, so that the answer takes as long as for a known one. */
    private final String nobody;

    PasswordSignIn(
            AccountTable accounts,
            PasswordEncoder passwords,
            Attempts attempts,
            ProviderTable providers,
            SecondFactors factors,
            Confirmations confirmations,
            Roles roles) {
        this.providers = providers;
        this.factors = factors;
        this.confirmations = confirmations;
        this.accounts = accounts;
        this.passwords = passwords;
        this.attempts = attempts;
        this.roles = roles;
        this.nobody = PasswordHashes.UNKNOWN_ACCOUNT;
    }

    @Override
    public Authentication authenticate(Authentication asked) {
        if (!providers.passwordSignIn()) {
            throw new ProblemSignInException(Problem.of(
                    ProblemCode.SIGN_IN_REFUSED,
                    "You are not signed in.",
                    "Signing in with a password is switched off on this console.",
                    "Sign in by one of the providers. If none works, docs/recovery.md says how to get back in."));
        }
        String username = asked.getName().toLowerCase(Locale.ROOT);
        String password =
                asked.getCredentials() == null ? "" : asked.getCredentials().toString();
        if (username.length() > NAME_MOST) {
            // Nobody's: it would only take up room among those that are counted.
            throw new BadCredentialsException("The name or the password is wrong.");
        }
        String key = "sign-in " + address(asked.getDetails()) + " " + username;
        if (!attempts.take(key)) {
            throw new TooManyAttemptsException(attempts.wait(key));
        }
        var account = accounts.find(username);
        String hash = accounts.passwordHash(username).orElse(nobody);
        if (password.length() > 1024 || !passwords.matches(password, hash) || account.isEmpty()) {
            throw new BadCredentialsException("The name or the password is wrong.");
        }
        attempts.succeeded(key);
        if (passwords.upgradeEncoding(hash)) {
            accounts.changePasswordHash(username, passwords.encode(password));
        }
        if (factors.isEnrolled(account.get().id())) {
            throw new CodeWantedException(account.get().id());
        }
        SignedIn signedIn = roles.signedIn(
                account.get(), asked.getDetails() instanceof BrowserCookie.Details browser ? browser.session() : "");
        signedIn.setDetails(asked.getDetails());
        // Nothing is fresher than a sign-in: what asks for the password again takes it for that.
        confirmations.confirm(signedIn.getName(), signedIn.session());
        return signedIn;
    }

    @Override
    public boolean supports(Class<?> authentication) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(authentication);
    }

    private static String address(@Nullable Object details) {
        return details instanceof WebAuthenticationDetails web ? web.getRemoteAddress() : "-";
    }
}
