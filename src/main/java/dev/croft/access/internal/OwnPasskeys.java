package dev.croft.access.internal;

import dev.croft.access.Attempts;
import dev.croft.access.CurrentOperator;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Passkeys;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialCreationOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;
import org.springframework.stereotype.Service;

/** The passkeys of whoever is signed in. */
@Service
class OwnPasskeys implements Passkeys {

    private static final Logger log = LoggerFactory.getLogger(OwnPasskeys.class);
    /** As long as browsers are told to wait. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final int NAME_MOST = 64;
    private static final int MOST = 20;

    private final PasskeyTable table;
    private final RelyingParty party;
    private final AccountTable accounts;
    private final ProvidedAccounts people;
    private final ProviderTable providers;
    private final Confirmations confirmations;
    private final Attempts attempts;
    private final CurrentOperator current;
    private final OperatorPaths paths;
    private final SecurityContextHolderStrategy contexts;
    private final Clock clock;
    private final Map<Place, Asked> asked = new ConcurrentHashMap<>();

    /** Whom and which browser, and whether for a new one or for a proof. */
    private record Place(long account, String browser, Class<?> kind) {}

    private record Asked(PasskeySite site, Object options, Instant until) {}

    OwnPasskeys(
            PasskeyTable table,
            RelyingParty party,
            AccountTable accounts,
            ProvidedAccounts people,
            ProviderTable providers,
            Confirmations confirmations,
            Attempts attempts,
            CurrentOperator current,
            OperatorPaths paths,
            SecurityContextHolderStrategy contexts,
            Clock clock) {
        this.table = table;
        this.party = party;
        this.accounts = accounts;
        this.people = people;
        this.providers = providers;
        this.confirmations = confirmations;
        this.attempts = attempts;
        this.current = current;
        this.paths = paths;
        this.contexts = contexts;
        this.clock = clock;
    }

    @Override
    public Optional<String> offer(HttpServletRequest page) {
        return providers.passwordSignIn()
                ? PasskeySite.of(page)
                        .filter(table::isAny)
                        .map(site -> party.words(PasskeySignIn.ask(page, site, party)))
                : Optional.empty();
    }

    // ---- the own account

    @Override
    public List<Passkey> mine() {
        return me().map(account -> table.of(account.id())).orElse(List.of());
    }

    @Override
    public String begin(URI page) {
        Account me = local();
        PasskeySite site = PasskeySite.of(page)
                .orElseThrow(() -> refused(
                        "Browsers have passkeys only for pages that came over TLS, and from a name, not from an address of numbers.",
                        "Open this console by its name, with https."));
        if (table.of(me.id()).size() >= MOST) {
            throw refused("An account has at most " + MOST + " passkeys.", "Remove one that is not used any more.");
        }
        PublicKeyCredentialCreationOptions options = party.newOne(site, who());
        ask(me, PublicKeyCredentialCreationOptions.class, site, options);
        return party.words(options);
    }

    @Override
    public Passkey finish(String name, String answer) {
        Account me = local();
        String label = named(name);
        Asked begun = answered(me, PublicKeyCredentialCreationOptions.class)
                .orElseThrow(() -> refused("It was not asked for in this browser, or too long ago.", "Begin again."));
        if (!party.keep(begun.site(), (PublicKeyCredentialCreationOptions) begun.options(), label, answer)) {
            throw refused(
                    "The browser's answer is none to what it was asked, or it has this passkey already.",
                    "Begin again; choose another device when it stays so.");
        }
        log.info("{} added a passkey", me.username());
        return table.of(me.id()).stream()
                .max(Comparator.comparingLong(Passkey::id))
                .orElseThrow();
    }

    @Override
    public Passkey rename(long id, String name) {
        Account me = local();
        if (!table.rename(me.id(), id, named(name))) {
            throw unknown();
        }
        return table.of(me.id()).stream()
                .filter(each -> each.id() == id)
                .findFirst()
                .orElseThrow(OwnPasskeys::unknown);
    }

    @Override
    public void remove(long id) {
        Account me = local();
        if (!table.remove(me.id(), id)) {
            throw unknown();
        }
        log.info("{} removed a passkey", me.username());
    }

    // ---- proof

    @Override
    public Optional<String> challenge(URI page) {
        Account me = me().orElse(null);
        PasskeySite site = PasskeySite.of(page).orElse(null);
        if (me == null
                || site == null
                || table.of(me.id()).stream().noneMatch(each -> each.site().equals(site.name()))) {
            return Optional.empty();
        }
        PublicKeyCredentialRequestOptions options = party.known(site, who());
        ask(me, PublicKeyCredentialRequestOptions.class, site, options);
        return Optional.of(party.words(options));
    }

    @Override
    public void confirm(String answer) {
        Account me = local();
        String key = "passkey again " + me.username();
        attempts.require(key, "The passkey was not checked.");
        boolean shown = answered(me, PublicKeyCredentialRequestOptions.class)
                .flatMap(
                        begun -> party.shown(begun.site(), (PublicKeyCredentialRequestOptions) begun.options(), answer))
                .filter(account -> account.id() == me.id())
                .isPresent();
        if (!shown) {
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "Nothing was done.",
                            "It is no passkey of " + me.username() + ", or its answer came too late.",
                            "Try again, or type the password.")
                    .toException();
        }
        attempts.succeeded(key);
        confirmations.confirm();
    }

    // ---- what was asked

    private void ask(Account me, Class<?> kind, PasskeySite site, Object options) {
        Instant now = clock.instant();
        asked.values().removeIf(each -> each.until().isBefore(now));
        asked.put(new Place(me.id(), paths.currentSession(), kind), new Asked(site, options, now.plus(PATIENCE)));
    }

    /** Taken out: an answer is good once. */
    private Optional<Asked> answered(Account me, Class<?> kind) {
        return Optional.ofNullable(asked.remove(new Place(me.id(), paths.currentSession(), kind)))
                .filter(begun -> begun.until().isAfter(clock.instant()));
    }

    private Authentication who() {
        return Objects.requireNonNull(contexts.getContext().getAuthentication());
    }

    private Optional<Account> me() {
        return accounts.find(current.get().name());
    }

    private Account local() {
        Account me = me().orElseThrow(() -> Problem.of(
                        ProblemCode.NOT_ALLOWED,
                        "Your account was not read.",
                        "It no longer exists.",
                        "Ask an administrator for an account.")
                .toException());
        if (people.identity(me.id()).isPresent()) {
            throw refused("A provider vouches for you: passkeys are kept there.", "Add one at the provider.");
        }
        return me;
    }

    private static String named(@Nullable String name) {
        String label = name == null ? "" : name.strip();
        if (label.isEmpty() || label.length() > NAME_MOST || label.chars().anyMatch(Character::isISOControl)) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The passkey has no name yet.",
                            "name: it has 1 to " + NAME_MOST + " characters, in one line.",
                            "Say what keeps it, such as \"Phone\".")
                    .toException();
        }
        return label;
    }

    private static ProblemException unknown() {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "Nothing was changed.",
                        "You have no passkey with this number.",
                        "Reload the list.")
                .toException();
    }

    private static ProblemException refused(String why, String next) {
        return Problem.of(ProblemCode.INVALID_INPUT, "The passkey was not added.", why, next)
                .toException();
    }
}
