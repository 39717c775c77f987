package dev.croft.access.internal;

import dev.croft.kernel.ProblemCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the security chains refuse, as RFC 9457 problem documents. 401 and 403 say the same whether the thing asked for exists or
 * not. An address that the firewall rejects is answered here too: as a servlet error it would come back through the screens'
 * chain and end at the sign-in page.
 */
@Component
class ProblemAnswers implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {

    private final JsonMapper json;

    ProblemAnswers(JsonMapper json) {
        this.json = json;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException cause)
            throws IOException {
        response.setHeader("WWW-Authenticate", "Bearer");
        write(
                response,
                HttpServletResponse.SC_UNAUTHORIZED,
                ProblemCode.SIGN_IN_FAILED,
                "The request carries no valid token.",
                "Send an API token of yours as \"Authorization: Bearer croft_…\".");
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException cause)
            throws IOException {
        write(
                response,
                HttpServletResponse.SC_FORBIDDEN,
                ProblemCode.NOT_ALLOWED,
                "The role is not enough for this.",
                "Use a token of a higher role, or ask an administrator.");
    }

    /** A session's cookie came along, but nothing shows that a page of this console sent the request. */
    void foreignPage(HttpServletResponse response) throws IOException {
        write(
                response,
                HttpServletResponse.SC_FORBIDDEN,
                ProblemCode.NOT_ALLOWED,
                "Nothing shows that a page of this console sent the request.",
                "Send the header \"" + BrowserSessionFilter.HEADER
                        + ": 1\" from a page of this console, or an API token.");
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, RequestRejectedException cause)
            throws IOException {
        write(
                response,
                HttpServletResponse.SC_BAD_REQUEST,
                ProblemCode.INVALID_INPUT,
                "The address of the request holds characters that no address of this console has.",
                "Names are lower-case letters, digits and hyphens; correct the address.");
    }

    private void write(HttpServletResponse response, int status, ProblemCode code, String why, String next)
            throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "urn:croft:problem:" + code.name());
        document.put("title", "Nothing was done.");
        document.put("status", status);
        document.put("detail", why + " " + next);
        document.put("code", code.name());
        document.put("what", "Nothing was done.");
        document.put("why", why);
        document.put("next", next);
        response.setStatus(status);
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        json.writeValue(response.getOutputStream(), document);
    }
}
