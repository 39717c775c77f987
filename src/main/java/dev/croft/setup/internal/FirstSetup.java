package dev.croft.setup.internal;

import dev.croft.access.Accounts;
import dev.croft.access.ActingAs;
import dev.croft.access.Attempts;
import dev.croft.access.Operator;
import dev.croft.access.Role;
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
@EnableConfigurationProperties(SetupProperties.class)
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
    private final Clock clock;
    private volatile @Nullable SecretText claim;
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
        this.clock = clock;
    }

    @Override
    public void start() {
        file.closeDirectory();
        if (accounts.isEmpty()) {
            claim = file.readOrCreate();
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
        return new Status(!accounts.isEmpty(), offered().orElse(null));
    }

    @Override
    public boolean checkClaim(SecretText shown) {
        if (attempts.isExhausted(ATTEMPTS)) {
            throw Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "The claim was not checked.",
                            "Too many wrong ones were tried; the next is possible in "
                                    + Math.max(1, attempts.wait(ATTEMPTS).toSeconds()) + " seconds.",
                            "Open the link exactly as ./croft up printed it.")
                    .toException();
        }
        SecretText expected = claim;
        // SecretText compares in constant time.
        boolean right = expected != null && expected.equals(shown);
        if (!right) {
            attempts.failed(ATTEMPTS);
        }
        return right;
    }

    @Override
    public Result complete(SecretText shown, String username, SecretText password) {
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
        return actingAs.call(administrator, () -> {
            SecretText token = tokens.create("setup", Role.ADMIN, null).secret();
            return new Result(administrator, enrolOffered(), token, recoveryKey(password));
        });
    }

    /** Nor because of the vault: its page says why it is locked, and makes the key later. */
    private @Nullable SecretText recoveryKey(SecretText password) {
        try {
            return vault.newRecoveryKey(password);
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
