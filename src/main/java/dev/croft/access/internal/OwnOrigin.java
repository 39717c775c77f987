package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The channel by which the console speaks to its pages is opened by these alone. A WebSocket is no request that browsers keep to their
 * page's own origin: any page may open one, cookies and all, so whose page it is has to be looked at here.
 */
final class OwnOrigin extends OncePerRequestFilter {

    private static final String SITE = "Sec-Fetch-Site";

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !isWebSocket(request) && !isPush(request);
    }

    private static boolean isWebSocket(HttpServletRequest request) {
        String upgrade = request.getHeader(HttpHeaders.UPGRADE);
        return upgrade != null && upgrade.toLowerCase(Locale.ROOT).contains("websocket");
    }

    /** The address of the channel, also where it is no WebSocket because something on the way lets none through. */
    private static boolean isPush(HttpServletRequest request) {
        String query = request.getQueryString();
        return query != null && ("&" + query + "&").contains("&v-r=push&");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (isOwn(request)) {
            chain.doFilter(request, response);
        } else {
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
        }
    }

    /** Pages cannot change what their browser says in either header. */
    private static boolean isOwn(HttpServletRequest request) {
        String site = request.getHeader(SITE);
        if (site != null) {
            return site.equals("same-origin");
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        // Browsers leave it out of what they ask of the page's own origin, but never of a WebSocket's request.
        return origin == null ? !isWebSocket(request) : isSame(origin, request.getHeader(HttpHeaders.HOST));
    }

    /** By name and port alone: what came over TLS to a proxy that does not prove itself comes here without. */
    private static boolean isSame(String origin, @Nullable String host) {
        try {
            return host != null
                    && URI.create(origin).getRawAuthority() instanceof String authority
                    && authority.equalsIgnoreCase(host);
        } catch (IllegalArgumentException noOrigin) {
            return false;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BeforeTheChannel {

        @Bean
        FilterRegistrationBean<OwnOrigin> ownOrigin() {
            var filter = new FilterRegistrationBean<>(new OwnOrigin());
            filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 2);
            filter.setAsyncSupported(true);
            return filter;
        }
    }
}
