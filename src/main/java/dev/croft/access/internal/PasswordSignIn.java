package dev.croft.access.internal;

import dev.croft.access.Attempts;
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

    private final AccountTable accounts;
    private final PasswordEncoder passwords;
    private final Attempts attempts;
    private final Roles roles;
    /** Compared with when the name is unknown, so that the answer takes as long as for a known one. */
    private final String nobody;

    PasswordSignIn(AccountTable accounts, PasswordEncoder passwords, Attempts attempts, Roles roles) {
        this.accounts = accounts;
        this.passwords = passwords;
        this.attempts = attempts;
        this.roles = roles;
        this.nobody = PasswordHashes.UNKNOWN_ACCOUNT;
    }

    @Override
    public Authentication authenticate(Authentication asked) {
        String username = asked.getName().toLowerCase(Locale.ROOT);
        String password =
                asked.getCredentials() == null ? "" : asked.getCredentials().toString();
        String key = "sign-in " + address(asked.getDetails()) + " " + username;
        if (attempts.isExhausted(key)) {
            throw new TooManyAttemptsException(attempts.wait(key));
        }
        var account = accounts.find(username);
        String hash = accounts.passwordHash(username).orElse(nobody);
        if (password.length() > 1024 || !passwords.matches(password, hash) || account.isEmpty()) {
            attempts.failed(key);
            throw new BadCredentialsException("The name or the password is wrong.");
        }
        attempts.succeeded(key);
        if (passwords.upgradeEncoding(hash)) {
            accounts.changePasswordHash(username, passwords.encode(password));
        }
        SignedIn signedIn = roles.signedIn(
                account.get().operator(),
                asked.getDetails() instanceof BrowserCookie.Details browser ? browser.session() : "");
        signedIn.setDetails(asked.getDetails());
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
