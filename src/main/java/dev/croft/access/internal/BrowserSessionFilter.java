package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets the console's own pages use the API with the session they have. A foreign page cannot: what changes something needs a header
 * that only a script of the same origin can send (another origin would have to ask first, and is never answered), and browsers say
 * themselves where a request comes from. A request with a token is none of this filter's business.
 */
class BrowserSessionFilter extends OncePerRequestFilter {

    static final String HEADER = "X-Croft-Request";

    private static final Set<String> READING = Set.of("GET", "HEAD");

    private final ProblemAnswers answers;
    private final SecurityContextHolderStrategy contexts;

    BrowserSessionFilter(ProblemAnswers answers, SecurityContextHolderStrategy contexts) {
        this.answers = answers;
        this.contexts = contexts;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getHeader(HttpHeaders.AUTHORIZATION) == null
                && request.getSession(false) instanceof HttpSession session
                && session.getAttribute(HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY)
                        instanceof SecurityContext context
                && context.getAuthentication() instanceof SignedIn signedIn) {
            if (!isOfOurPages(request)) {
                answers.foreignPage(response);
                return;
            }
            SecurityContext own = contexts.createEmptyContext();
            own.setAuthentication(signedIn);
            contexts.setContext(own);
        }
        chain.doFilter(request, response);
    }

    private static boolean isOfOurPages(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        boolean sameOrigin = site == null || "same-origin".equals(site);
        boolean typedIn = "none".equals(site);
        return READING.contains(request.getMethod())
                ? sameOrigin || typedIn
                : sameOrigin && request.getHeader(HEADER) != null;
    }

    /** An event stream is written by a later dispatch of the same request, which must know the operator too. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }
}
