package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * A random mark by which a browser is known again, also after the console was restarted and its sessions are gone. It signs nobody
 * in; it only tells one browser from another. Given out at sign-in and at no other time: a visit that begins at a foreign page
 * comes without it ({@code SameSite=Strict}), and would otherwise get a second one over the first.
 */
class BrowserCookie extends OncePerRequestFilter {

    static final String NAME = "croft-browser";

    /** What is kept of it: its hash, so that whoever reads the database cannot pass for the browser. */
    private static final String KEY_PREFIX = "browser:";

    private static final int BYTES = 32;
    private static final int TEXT_LENGTH = 43;
    private static final Duration LIFE = Duration.ofDays(400);
    private static final String MADE_NOW = BrowserCookie.class.getName();

    private static final String OF_SESSION = BrowserCookie.class.getName() + ".key";

    private final Set<String> signInPaths;
    private final String providerPath;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param signInPaths where a name and a password are sent to, or what a passkey answered
     * @param providerPath how the addresses begin from which one goes to a provider. Whoever comes back from there comes from a foreign
     *     page, so the mark is looked at on the way there
     */
    BrowserCookie(Set<String> signInPaths, String providerPath) {
        this.signInPaths = signInPaths;
        this.providerPath = providerPath;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !isSignIn(request) && !isLeaving(request);
    }

    private boolean isSignIn(HttpServletRequest request) {
        return "POST".equals(request.getMethod()) && signInPaths.contains(request.getServletPath());
    }

    /** A link on a foreign page would come without the mark that this browser may have. */
    private boolean isLeaving(HttpServletRequest request) {
        return request.getServletPath().startsWith(providerPath)
                && !"cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (key(request).isEmpty()) {
            byte[] bits = new byte[BYTES];
            random.nextBytes(bits);
            String mark = Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
            request.setAttribute(MADE_NOW, mark);
            response.addHeader(
                    HttpHeaders.SET_COOKIE,
                    ResponseCookie.from(NAME, mark)
                            .httpOnly(true)
                            .secure(request.isSecure())
                            .sameSite("Strict")
                            .path("/")
                            .maxAge(LIFE)
                            .build()
                            .toString());
        }
        if (isLeaving(request)) {
            key(request).ifPresent(key -> request.getSession().setAttribute(OF_SESSION, key));
        }
        chain.doFilter(request, response);
    }

    /** The key of the browser that sends this request; empty when it shows no mark. */
    static Optional<String> key(HttpServletRequest request) {
        String mark = request.getAttribute(MADE_NOW) instanceof String made ? made : sent(request.getCookies());
        return mark == null ? Optional.empty() : Optional.of(KEY_PREFIX + Hashes.sha256(mark));
    }

    /**
     * For one sign-in of a browser that shows no mark, as after a link on a foreign page. No mark has this key, so it proves nothing; but
     * proofs of two such browsers are not taken for each other's.
     */
    private static String unknownBrowser() {
        return KEY_PREFIX + Hashes.sha256(UUID.randomUUID().toString());
    }

    static boolean isBrowser(String key) {
        return key.startsWith(KEY_PREFIX);
    }

    private static @Nullable String sent(Cookie @Nullable [] cookies) {
        return cookies == null
                ? null
                : Arrays.stream(cookies)
                        .filter(cookie -> NAME.equals(cookie.getName()))
                        .map(Cookie::getValue)
                        .filter(value -> value.length() == TEXT_LENGTH
                                && value.getBytes(StandardCharsets.US_ASCII).length == TEXT_LENGTH)
                        .findFirst()
                        .orElse(null);
    }

    /** What the sign-in knows of the request. */
    static final class Details extends WebAuthenticationDetails {

        @Serial
        private static final long serialVersionUID = 1L;

        private final String session;
        private final String way;

        Details(HttpServletRequest request) {
            this(request, "password");
        }

        /** @param way by which they sign in, in words for the audit */
        Details(HttpServletRequest request, String way) {
            super(request);
            this.way = way;
            session = key(request).or(() -> ofSession(request)).orElseGet(BrowserCookie::unknownBrowser);
        }

        private static Optional<String> ofSession(HttpServletRequest request) {
            return request.getSession(false) instanceof HttpSession kept
                            && kept.getAttribute(OF_SESSION) instanceof String key
                    ? Optional.of(key)
                    : Optional.empty();
        }

        String session() {
            return session;
        }

        String way() {
            return way;
        }

        @Override
        public boolean equals(Object other) {
            return super.equals(other) && other instanceof Details that && session.equals(that.session);
        }

        @Override
        public int hashCode() {
            return 31 * super.hashCode() + session.hashCode();
        }
    }
}
