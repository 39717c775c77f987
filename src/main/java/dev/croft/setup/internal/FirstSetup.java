package dev.croft.setup.internal;

import dev.croft.access.Accounts;
import dev.croft.access.ActingAs;
import dev.croft.access.Attempts;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.setup.Setup;
import dev.croft.setup.internal.ClaimFile.Claim;
import dev.croft.vault.Vault;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Service;

/** Lives from the first start until the first administrator exists; afterwards it only says so. */
@Service
@EnableConfigurationProperties({SetupProperties.class, ClaimProperties.class})
class FirstSetup implements Setup, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(FirstSetup.class);

    /** One key for everybody: there is one claim, whoever guesses it. */
    private static final String ATTEMPTS = "claim";

    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

    private final Accounts accounts;
    private final Tokens tokens;
    private final ActingAs actingAs;
    private final Attempts attempts;
    private final Hosts hosts;
    private final HostLink link;
    private final Vault vault;
    private final ClaimFile file;
    private final SetupProperties properties;
    private final ClaimProperties claims;
    private final Clock clock;
    private volatile @Nullable Claim claim;
    /** The one before, to tell whoever comes with it what happened. */
    private volatile @Nullable SecretText expired;

    private volatile @Nullable String shownFingerprint;
    private volatile Instant askAgainAt = Instant.MIN;
    private volatile boolean running;

    FirstSetup(
            Accounts accounts,
            Tokens tokens,
            ActingAs actingAs,
            Attempts attempts,
            Hosts hosts,
            HostLink link,
            Vault vault,
            ClaimFile file,
            SetupProperties properties,
            ClaimProperties claims,
            Clock clock) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.actingAs = actingAs;
        this.attempts = attempts;
        this.hosts = hosts;
        this.link = link;
        this.vault = vault;
        this.file = file;
        this.properties = properties;
        this.claims = claims;
        this.clock = clock;
    }

    @Override
    public void start() {
        file.closeDirectory();
        if (accounts.isEmpty()) {
            claim = file.readOrCreate(clock.instant());
            renewClaim();
        } else {
            file.remove();
        }
        running = true;
    }

    /** Before the web server: who sees the console answer finds the claim where it belongs. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
    }

    @Override
    public Status status() {
        // ./croft up asks this before it prints the link
        renewClaim();
        return new Status(!accounts.isEmpty(), offered().orElse(null));
    }

    @Override
    public boolean checkClaim(SecretText shown) {
        renewClaim();
        Claim expected = claim;
        // SecretText compares in constant time.
        if (expected != null && expected.text().equals(shown)) {
            // Also after many wrong ones: whoever sends these must not keep out the one who has it, and it is too long
            // to be guessed.
            return true;
        }
        if (shown.equals(expired)) {
            throw Problem.of(
                            ProblemCode.CLAIM_INVALID,
                            "Nothing was set up.",
                            "The link is older than "
                                    + Math.max(1, claims.claimFor().toMinutes())
                                    + " minutes, so it is not taken any more.",
                            "Run ./croft up again: it prints the link that is valid now.")
                    .toException();
        }
        if (!attempts.take(ATTEMPTS)) {
            throw Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "Nothing was set up.",
                            "The claim is not the one that this console made, and too many wrong ones were tried; the next is possible in "
                                    + Math.max(1, attempts.wait(ATTEMPTS).toSeconds()) + " seconds.",
                            "Open the link exactly as ./croft up printed it.")
                    .toException();
        }
        return false;
    }

    /** A link that lies about in a terminal or a log does not open the console for ever. */
    private synchronized void renewClaim() {
        Claim now = claim;
        if (now != null && !clock.instant().isBefore(now.madeAt().plus(claims.claimFor()))) {
            expired = now.text();
            claim = file.create(clock.instant());
        }
    }

    @Override
    public Result complete(SecretText shown, String username, SecretText password) {
        Operator administrator = claimed(shown, username, password);
        return actingAs.call(administrator, () -> result(administrator));
    }

    @Override
    public Scripted completeByScript(SecretText shown, String username, SecretText password) {
        Operator administrator = claimed(shown, username, password);
        return actingAs.call(administrator, () -> {
            Instant expires = clock.instant().plus(claims.tokenFor());
            SecretText token = tokens.create("setup", Role.ADMIN, Scope.EVERYWHERE, expires)
                    .secret();
            return new Scripted(result(administrator), token, expires);
        });
    }

    private Result result(Operator administrator) {
        return new Result(administrator, enrolOffered(), recoveryKey());
    }

    private Operator claimed(SecretText shown, String username, SecretText password) {
        if (!accounts.isEmpty()) {
            throw Problem.of(
                            ProblemCode.ALREADY_SET_UP,
                            "Nothing was set up.",
                            "This console already has its first administrator.",
                            "Sign in with that account.")
                    .toException();
        }
        if (!checkClaim(shown)) {
            throw Problem.of(
                            ProblemCode.CLAIM_INVALID,
                            "Nothing was set up.",
                            "The claim is not the one that this console made.",
                            "Open the link exactly as ./croft up printed it; it is also in the file \"claim\" of the data directory.")
                    .toException();
        }
        Operator administrator = accounts.createFirstAdministrator(username, password);
        claim = null;
        file.remove();
        return administrator;
    }

    /** Nor because of the vault: its page says why it is locked, and makes the key later. */
    private @Nullable SecretText recoveryKey() {
        try {
            return vault.newRecoveryKey();
        } catch (ProblemException e) {
            log.warn("There is no recovery key yet: {}", e.getMessage());
            return null;
        }
    }

    /** The account must not be lost because the box is off; the box stays on offer then. */
    private @Nullable Host enrolOffered() {
        OfferedHost offer = offered().orElse(null);
        if (offer == null) {
            return null;
        }
        try {
            return hosts.enrol(offer.name(), offer.endpoint());
        } catch (ProblemException e) {
            log.warn("{} was not enrolled at setup and stays on offer: {}", offer.name(), e.getMessage());
            return null;
        }
    }

    @Override
    public Optional<OfferedHost> offered() {
        if (!properties.offersHost()
                || hosts.find(new HostName(properties.name())).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new OfferedHost(
                new HostName(properties.name()),
                new HostEndpoint(properties.address(), properties.port(), properties.user(), fingerprint())));
    }

    /** The announced fingerprint; when none was, the one that the box shows the first time, kept so that what is shown is what is trusted. */
    private String fingerprint() {
        if (!properties.fingerprint().isEmpty()) {
            return properties.fingerprint();
        }
        String shown = shownFingerprint;
        if (shown == null) {
            // Whoever asks for the status asks this too; a box that is off must not cost each of them a connection.
            if (clock.instant().isBefore(askAgainAt)) {
                return "";
            }
            askAgainAt = clock.instant().plus(ASK_AGAIN);
            try {
                shown = link.fingerprintOf(properties.address(), properties.port());
                shownFingerprint = shown;
            } catch (ProblemException e) {
                log.warn("{} does not show its host key: {}", properties.name(), e.getMessage());
                return "";
            }
        }
        return shown;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
