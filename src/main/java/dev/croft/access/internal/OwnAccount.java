package dev.croft.access.internal;

import dev.croft.access.Accounts;
import dev.croft.access.CurrentOperator;
import dev.croft.access.MyAccount;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Providers;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Service;

/** The account of whoever is signed in. */
@Service
class OwnAccount implements MyAccount {

    private static final Logger log = LoggerFactory.getLogger(OwnAccount.class);

    private final AccountTable table;
    private final ProvidedAccounts people;
    private final ProviderTable providers;
    private final SecondFactors factors;
    private final Confirmations confirmations;
    private final Accounts accounts;
    private final OwnPassword own;
    private final PersonTable invitations;
    private final OpenSessions sessions;
    private final PasswordEncoder passwords;
    private final CurrentOperator current;
    private final OperatorPaths paths;

    OwnAccount(
            AccountTable table,
            ProvidedAccounts people,
            ProviderTable providers,
            SecondFactors factors,
            Confirmations confirmations,
            Accounts accounts,
            OwnPassword own,
            PersonTable invitations,
            OpenSessions sessions,
            PasswordEncoder passwords,
            CurrentOperator current,
            OperatorPaths paths) {
        this.table = table;
        this.people = people;
        this.providers = providers;
        this.factors = factors;
        this.confirmations = confirmations;
        this.accounts = accounts;
        this.own = own;
        this.invitations = invitations;
        this.sessions = sessions;
        this.passwords = passwords;
        this.current = current;
        this.paths = paths;
    }

    @Override
    public Status status() {
        Account me = me();
        return new Status(
                current.get(),
                provider(me).map(Providers.Settings::name).orElse(null),
                factors.isEnrolled(me.id()),
                factors.codesLeft(me.id()));
    }

    @Override
    public void changePassword(SecretText now, SecretText next) {
        Account me = local();
        // The password itself: a code, as whoever holds the phone has, would let them take the account.
        own.require(me.username(), now);
        PasswordRules.require(me.username(), next.reveal());
        table.changePasswordHash(me.username(), passwords.encode(next.reveal()));
        invitations.uninvite(me.id());
        sessions.endAll(
                me.id(), paths.currentSession(), OpenSessions.problem("The password of the account was changed."));
        log.info("{} changed the password of the account", me.username());
    }

    @Override
    public Enrolment startSecondFactor() {
        Account me = local();
        SecretText key = factors.begin(me.id());
        return new Enrolment(key, SecondFactors.uri(key, me.username()));
    }

    @Override
    public List<SecretText> finishSecondFactor(SecretText code) {
        Account me = local();
        List<SecretText> codes = factors.finish(me.id(), code)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.INVALID_INPUT,
                                "The authenticator app was not added.",
                                "code: it is not the one that the app shows for this secret now.",
                                "Type the code that the app shows next; the clock of its device has to be right.")
                        .toException());
        log.info("{} added an authenticator app", me.username());
        return codes;
    }

    @Override
    public void removeSecondFactor() {
        Account me = local();
        factors.remove(me.id());
        log.info("{} removed the authenticator app", me.username());
    }

    @Override
    public List<SecretText> newRecoveryCodes() {
        Account me = local();
        if (!factors.isEnrolled(me.id())) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "No recovery codes were made.",
                            "They stand in for the code of an authenticator app, and there is none.",
                            "Add the app first.")
                    .toException();
        }
        log.info("{} made new recovery codes", me.username());
        return factors.newCodes(me.id());
    }

    @Override
    public @Nullable String confirmPath() {
        return provider(me())
                .map(settings -> SignInPaths.PROVIDER + settings.id() + "?" + SignInPaths.CONFIRM)
                .orElse(null);
    }

    @Override
    public boolean isConfirmed() {
        return confirmations.isConfirmed();
    }

    /** The one that is on and vouches for this account. */
    private Optional<Providers.Settings> provider(Account account) {
        return people.identity(account.id())
                .flatMap(who -> providers.all().stream()
                        .map(ProviderTable.Row::settings)
                        .filter(settings ->
                                settings.enabled() && ProvidedAccounts.isSameIssuer(settings.issuer(), who.issuer()))
                        .findFirst());
    }

    private Account local() {
        Account me = me();
        if (people.identity(me.id()).isPresent()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was changed.",
                            "A provider vouches for you: password and codes are kept there.",
                            "Change them at the provider.")
                    .toException();
        }
        return me;
    }

    private Account me() {
        return table.find(current.get().name())
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_ALLOWED,
                                "Your account was not read.",
                                "It no longer exists.",
                                "Ask an administrator for an account.")
                        .toException());
    }
}
