package dev.croft.access.internal;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What every answer tells a browser: the strictest there is, before anything else looks at the request. What needs more says so itself:
 * pages get the policy of the screens, static files may be kept. Spring Security's own headers are switched off: they are written when
 * an answer is committed, and a page, to which the server forwards, is committed behind their back.
 */
final class AnswerHeaders extends OncePerRequestFilter {

    /** Nothing that is no page has to load, run, send or be framed. */
    static final String NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String HSTS = "Strict-Transport-Security";
    private static final String A_YEAR = "max-age=31536000; includeSubDomains";

    private static final Map<String, String> ALWAYS = Map.of(
            "Content-Security-Policy",
            NOTHING,
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "same-origin",
            "Permissions-Policy",
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(),"
                    + " midi=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            HttpHeaders.CACHE_CONTROL,
            "no-store");

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ALWAYS.forEach(response::setHeader);
        if (request.isSecure()) {
            response.setHeader(HSTS, A_YEAR);
        }
        chain.doFilter(request, response);
    }

    /** Whoever makes an answer of an error may have begun it anew. */
    @Override
    protected boolean shouldNotFilterErrorDispatch() {
        return false;
    }

    @Configuration(proxyBeanMethods = false)
    static class BeforeEverything {

        @Bean
        FilterRegistrationBean<AnswerHeaders> answerHeaders() {
            var first = new FilterRegistrationBean<>(new AnswerHeaders());
            // Behind only what may say that a request came over TLS.
            first.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
            first.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR);
            return first;
        }
    }
}
