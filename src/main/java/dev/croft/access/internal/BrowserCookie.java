package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
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

    private final String signInPath;
    private final SecureRandom random = new SecureRandom();

    BrowserCookie(String signInPath) {
        this.signInPath = signInPath;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !"POST".equals(request.getMethod()) || !signInPath.equals(request.getServletPath());
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
        chain.doFilter(request, response);
    }

    /** The key of the browser that sends this request; empty when it shows no mark. */
    static Optional<String> key(HttpServletRequest request) {
        String mark = request.getAttribute(MADE_NOW) instanceof String made ? made : sent(request.getCookies());
        return mark == null ? Optional.empty() : Optional.of(KEY_PREFIX + Hashes.sha256(mark));
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

        Details(HttpServletRequest request) {
            super(request);
            session = key(request).orElse("");
        }

        String session() {
            return session;
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
