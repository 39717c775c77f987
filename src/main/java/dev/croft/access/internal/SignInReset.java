package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * The way back in for whoever can start the console on its machine ({@code croft.access.reset-sign-in}). The new password is put in a
 * file that only this user can read: not in the log, which others may, and not on a command line.
 */
@Component
class SignInReset {

    private static final Logger log = LoggerFactory.getLogger(SignInReset.class);
    private static final String FILE = "reset-sign-in";
    private static final String ADMINISTRATOR = "admin";
    private static final int BYTES = 18;

    private final AccountTable accounts;
    private final ProviderTable providers;
    private final SecondFactors factors;
    private final PasskeyTable passkeys;
    private final OpenSessions sessions;
    private final PasswordEncoder passwords;
    private final AccessProperties properties;
    private final Path file;
    private final Clock clock;

    SignInReset(
            AccountTable accounts,
            ProviderTable providers,
            SecondFactors factors,
            PasskeyTable passkeys,
            OpenSessions sessions,
            PasswordEncoder passwords,
            AccessProperties properties,
            @Value("${croft.data}") Path data,
            Clock clock) {
        this.accounts = accounts;
        this.providers = providers;
        this.factors = factors;
        this.passkeys = passkeys;
        this.sessions = sessions;
        this.passwords = passwords;
        this.properties = properties;
        this.file = data.resolve(FILE);
        this.clock = clock;
    }

    @EventListener(ApplicationStartedEvent.class)
    void reset() {
        // Before the claim there is nobody to let in, and the claim is the way.
        if (!properties.resetSignIn() || accounts.isEmpty()) {
            return;
        }
        byte[] bits = new byte[BYTES];
        new SecureRandom().nextBytes(bits);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        Account account = administrator(passwords.encode(password));
        factors.remove(account.id());
        passkeys.removeAll(account.id());
        providers.setPasswordSignIn(true);
        sessions.endWhere(
                row -> true,
                OpenSessions.problem("Signing in was reset on the console's machine; all sessions ended."));
        write(account.username() + "\n" + password + "\n");
        log.warn("Signing in was reset: a new password of {} is in {}", account.username(), file);
    }

    private Account administrator(String hash) {
        Account account = accounts.all().stream()
                .filter(each -> each.grants().allows(Role.ADMIN, Scope.EVERYWHERE)
                        && accounts.passwordHash(each.username()).isPresent())
                .findFirst()
                .orElseGet(() -> made(hash));
        accounts.changePasswordHash(account.username(), hash);
        return account;
    }

    private Account made(String hash) {
        String name = ADMINISTRATOR;
        for (int n = 2; accounts.find(name).isPresent(); n++) {
            name = ADMINISTRATOR + n;
        }
        accounts.insert(name, name + "@croft.invalid", Grants.everywhere(Role.ADMIN), hash, clock.instant());
        return accounts.find(name).orElseThrow();
    }

    private void write(String text) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("The new password could not be written to " + file, e);
        }
    }
}
