package dev.croft.access;

import dev.croft.kernel.SecretText;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Signs a browser session in without a detour over the sign-in page, right after the claim made the account. */
public interface SignIn {

    /** Checks the password, gives the session a new id and binds it to the person. SIGN_IN_FAILED, TOO_MANY_ATTEMPTS. */
    Operator signIn(HttpServletRequest request, HttpServletResponse response, String username, SecretText password);
}
