package dev.croft.api.internal;

import dev.croft.access.MyAccount;
import dev.croft.access.Sessions;
import dev.croft.access.Sessions.Session;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /account and /sessions: who asks, and where people are signed in. Password and codes are changed in the page, by a person. */
@RestController
@RequestMapping("/api/v1")
class AccountResource {

    private final MyAccount me;
    private final Sessions sessions;

    AccountResource(MyAccount me, Sessions sessions) {
        this.me = me;
        this.sessions = sessions;
    }

    /**
     * @param grants those of the token that asks, which may be less than those of its account
     * @param provider that vouches for the account; left out: it has a password here
     */
    record AccountView(
            String name,
            String email,
            List<PeopleResource.GrantText> grants,
            @Nullable String provider,
            boolean secondFactor,
            int recoveryCodes) {}

    /** @param provider by which they signed in; left out: with a password */
    record SessionView(
            long id,
            String account,
            String device,
            String address,
            Instant since,
            Instant lastSeen,
            @Nullable String provider,
            boolean current) {}

    @GetMapping("/account")
    AccountView account() {
        MyAccount.Status status = me.status();
        return new AccountView(
                status.operator().name(),
                status.operator().email(),
                PeopleResource.texts(status.operator().grants()),
                status.provider(),
                status.secondFactor(),
                status.recoveryCodes());
    }

    /** Those of the account that asks; of everybody, for administrators. */
    @GetMapping("/sessions")
    List<SessionView> sessions(@RequestParam(defaultValue = "false") boolean everybody) {
        return (everybody ? sessions.all() : sessions.mine())
                .stream().map(AccountResource::view).toList();
    }

    /** @param ended how many */
    record EndedView(int ended) {}

    /** Ends those of the account that asks; a browser that asks keeps its own. */
    @DeleteMapping("/sessions")
    EndedView endOthers() {
        return new EndedView(sessions.revokeOthers());
    }

    /** One's own; for administrators also that of anybody else. */
    @DeleteMapping("/sessions/{session}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(@PathVariable long session) {
        sessions.revoke(session);
    }

    private static SessionView view(Session session) {
        return new SessionView(
                session.id(),
                session.account(),
                session.device(),
                session.address(),
                session.since(),
                session.lastSeen(),
                session.provider(),
                session.current());
    }
}
