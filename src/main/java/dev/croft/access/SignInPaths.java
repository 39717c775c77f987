package dev.croft.access;

/** What the sign-in's pages and the security chain agree on. */
public final class SignInPaths {

    public static final String LOGIN = "/login";
    /** Second step of a local account: the code of the authenticator app. */
    public static final String CODE = "/login/code";
    /** Where the sign-in page sends what a passkey answered. */
    public static final String PASSKEY = "/login/passkey";
    /** Followed by the id of a provider: goes there. */
    public static final String PROVIDER = "/oauth2/authorization/";
    /** Shows what a tried sign-in gave; the test's id follows. */
    public static final String TEST_RESULT = "/sign-in-test/";
    /** Says that somebody who is signed in proved themselves once more, or why they did not. */
    public static final String CONFIRMED = "/sign-in-confirmed";

    /** Parameter of {@link #PROVIDER}: to prove somebody again who is signed in. */
    public static final String CONFIRM = "confirm";

    /** Attribute of the HTTP session: the {@code Problem} that the sign-in page is to show, once. */
    public static final String FAILURE = "croft.sign-in.failure";
    /** Attribute of the HTTP session: there while a local account's code is waited for. */
    public static final String CODE_WANTED = "croft.sign-in.code-wanted";

    private SignInPaths() {}
}
