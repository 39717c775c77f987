package dev.croft.access.internal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.web.filter.OncePerRequestFilter;

/** {@code Authorization: Bearer croft_…} → the operator. A wrong token is refused even where none is needed. */
class BearerTokenFilter extends OncePerRequestFilter {

    private static final String SCHEME = "bearer ";

    private final ApiTokens tokens;
    private final Roles roles;
    private final ProblemAnswers answers;
    private final SecurityContextHolderStrategy contexts;

    BearerTokenFilter(ApiTokens tokens, Roles roles, ProblemAnswers answers, SecurityContextHolderStrategy contexts) {
        this.contexts = contexts;
        this.tokens = tokens;
        this.roles = roles;
        this.answers = answers;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            Optional<ApiTokens.Shown> shown = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                    ? tokens.shown(header.substring(SCHEME.length()).strip())
                    : Optional.empty();
            if (shown.isEmpty()) {
                answers.commence(request, response, new BadCredentialsException("unknown token"));
                return;
            }
            SecurityContext context = contexts.createEmptyContext();
            SignedIn signedIn = roles.signedIn(shown.get());
            signedIn.setDetails(new WebAuthenticationDetails(request));
            context.setAuthentication(signedIn);
            contexts.setContext(context);
        }
        chain.doFilter(request, response);
    }

    /** An event stream is written by a later dispatch of the same request, which must know the operator too. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }
}
