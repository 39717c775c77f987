package dev.croft.access.internal;

import dev.croft.access.internal.SessionTable.Row;
import dev.croft.access.internal.SessionTable.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.web.util.UrlUtils;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriComponentsBuilder;

/** Signing out at both: here and at the provider, whichever of them is told first. */
@Component
class ProviderLogout {

    private static final Logger log = LoggerFactory.getLogger(ProviderLogout.class);

    private final Registrations registrations;
    private final SessionTable table;
    private final OpenSessions sessions;
    private final ProvidedAccounts people;

    ProviderLogout(Registrations registrations, SessionTable table, OpenSessions sessions, ProvidedAccounts people) {
        this.registrations = registrations;
        this.table = table;
        this.sessions = sessions;
        this.people = people;
    }

    /** Where the browser has to go to sign out at the provider as well. */
    Optional<String> farewell(Row session, HttpServletRequest request) {
        if (session.provider() == null) {
            return Optional.empty();
        }
        try {
            ClientRegistration registration = registrations.findByRegistrationId(session.provider());
            Object end = registration == null
                    ? null
                    : registration
                            .getProviderDetails()
                            .getConfigurationMetadata()
                            .get("end_session_endpoint");
            if (!(end instanceof String address)) {
                return Optional.empty();
            }
            UriComponentsBuilder farewell = UriComponentsBuilder.fromUriString(address)
                    .queryParam("client_id", "{client}")
                    .queryParam("post_logout_redirect_uri", "{back}");
            String token = idToken(session);
            return Optional.of(
                    token == null
                            ? farewell.encode()
                                    .buildAndExpand(registration.getClientId(), back(request))
                                    .toUriString()
                            : farewell.queryParam("id_token_hint", "{token}")
                                    .encode()
                                    .buildAndExpand(registration.getClientId(), back(request), token)
                                    .toUriString());
        } catch (ProblemException e) {
            log.warn("Signed out here only, because {}", e.problem().why());
            return Optional.empty();
        }
    }

    private @Nullable String idToken(Row session) {
        return table.tokens(session).map(Tokens::id).orElse(null);
    }

    private static String back(HttpServletRequest request) {
        return UriComponentsBuilder.fromUriString(UrlUtils.buildFullRequestUrl(request))
                .replacePath(request.getContextPath() + "/login")
                .replaceQuery(null)
                .fragment(null)
                .build()
                .toUriString();
    }

    /** The provider says that somebody signed out there; Spring Security has checked that it is the provider. */
    void leftThere(OidcLogoutToken token) {
        String issuer = String.valueOf(token.getIssuer());
        Problem why = OpenSessions.problem("You signed out at the provider, or were signed out there.");
        int ended = sessions.endWhere(
                row -> row.provider() != null
                        && people.identity(row.account())
                                .filter(who -> who.issuer().equals(issuer)
                                        && (token.getSessionId() != null
                                                ? token.getSessionId().equals(row.sid())
                                                : who.subject().equals(token.getSubject())))
                                .isPresent(),
                why);
        log.info("{} said that somebody left: {} sessions ended", issuer, ended);
    }
}
