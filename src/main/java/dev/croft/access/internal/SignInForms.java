package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Name, password and code are read from the body of the request and from nowhere else. To the server a parameter in the address is as
 * good as one in the body, and goes before it; but an address is kept by logs and by the browser.
 */
final class SignInForms extends OncePerRequestFilter {

    private final Set<String> paths;

    /** @param paths where what signs somebody in is sent to */
    SignInForms(Set<String> paths) {
        this.paths = paths;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !HttpMethod.POST.matches(request.getMethod()) || !paths.contains(request.getServletPath());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getQueryString() == null) {
            chain.doFilter(request, response);
            return;
        }
        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
        response.setContentType(MediaType.TEXT_PLAIN_VALUE);
        response.getWriter()
                .println(
                        "Nobody was signed in. The address of the request has a query. Send name, password and code in its body.");
    }
}
