package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Providers;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.OwnAddresses;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Providers in this console's own database. */
@Service
class KeptProviders implements Providers {

    private static final Logger log = LoggerFactory.getLogger(KeptProviders.class);
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Pattern SCOPES = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E ]{0,500}");
    private static final int NAME_MOST = 100;
    private static final int ISSUER_MOST = 500;
    private static final int CLIENT_MOST = 255;
    private static final int SECRET_MOST = 4096;
    private static final int RULES_MOST = 200;
    private static final int RULE_TEXT_MOST = 200;

    private final ProviderTable table;
    private final SignInTests tests;
    private final ProvidedAccounts vouched;
    private final PersonTable people;
    private final Administrators administrators;
    private final OpenSessions sessions;
    private final CurrentOperator current;
    private final AccessProperties properties;
    private final Clock clock;

    KeptProviders(
            ProviderTable table,
            SignInTests tests,
            ProvidedAccounts vouched,
            PersonTable people,
            Administrators administrators,
            OpenSessions sessions,
            CurrentOperator current,
            AccessProperties properties,
            Clock clock) {
        this.table = table;
        this.tests = tests;
        this.vouched = vouched;
        this.people = people;
        this.administrators = administrators;
        this.sessions = sessions;
        this.current = current;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public List<Option> offered() {
        return table.all().stream()
                .map(ProviderTable.Row::settings)
                .filter(Settings::enabled)
                .map(settings -> new Option(settings.id(), settings.name()))
                .toList();
    }

    @Override
    public boolean passwordSignIn() {
        return table.passwordSignIn();
    }

    @Override
    public List<Provider> list() {
        return table.all().stream().map(KeptProviders::view).toList();
    }

    @Override
    @Transactional
    public Provider save(Settings settings, @Nullable SecretText secret, @Nullable String test) {
        String what = "The provider was not saved.";
        check(settings, secret, what);
        people.lock();
        Optional<ProviderTable.Row> before = table.find(settings.id());
        requireSecret(before, settings, secret, what);
        boolean tried = provedBy(test, settings);
        boolean proved =
                before.filter(row -> ProviderTable.digest(row.settings()).equals(ProviderTable.digest(settings))
                                        && row.isProved())
                                .isPresent()
                        || tried;
        table.save(
                settings,
                secret,
                proved ? ProviderTable.digest(settings) : null,
                clock.instant(),
                current.get().name());
        before.map(ProviderTable.Row::settings)
                .filter(was -> was.enabled()
                        && (!settings.enabled() || !ProvidedAccounts.isSameIssuer(was.issuer(), settings.issuer())))
                .ifPresent(this::vouchesNoMore);
        if (!(tried && settings.enabled())) {
            requireSomebody(what);
        }
        log.info("{} saved the provider {}", current.get().name(), settings.id());
        return view(table.find(settings.id()).orElseThrow());
    }

    @Override
    @Transactional
    public void remove(String id) {
        people.lock();
        ProviderTable.Row row = table.find(id)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "No provider was removed.",
                                "There is none with the id " + id + ".",
                                "Reload the list.")
                        .toException());
        table.delete(id);
        vouchesNoMore(row.settings());
        requireSomebody("The provider was not removed.");
        log.info("{} removed the provider {}", current.get().name(), id);
    }

    @Override
    @Transactional
    public void setPasswordSignIn(boolean on) {
        people.lock();
        table.setPasswordSignIn(on);
        if (!on) {
            requireSomebody("Signing in with a password was not switched off.");
            sessions.endWhere(
                    row -> row.provider() == null,
                    OpenSessions.problem("Signing in with a password was switched off."));
        }
        log.info("{} switched the sign-in with a password {}", current.get().name(), on ? "on" : "off");
    }

    /** Sessions end, and what its word gave: API tokens would ask nobody. */
    private void vouchesNoMore(Settings was) {
        sessions.endWhere(
                row -> was.id().equals(row.provider()),
                OpenSessions.problem("Signing in by " + was.name() + " was switched off."));
        if (table.all().stream()
                .map(ProviderTable.Row::settings)
                .noneMatch(each -> each.enabled() && ProvidedAccounts.isSameIssuer(each.issuer(), was.issuer()))) {
            vouched.withdraw(was.issuer());
        }
    }

    @Override
    public Test startTest(Settings settings, @Nullable SecretText secret) {
        String what = "The sign-in was not tried.";
        check(settings, secret, what);
        requireSecret(table.find(settings.id()), settings, secret, what);
        Optional<SecretText> used = secret == null ? table.secret(settings.id()) : Optional.of(secret);
        return tests.start(settings, used, current.get().name()).test();
    }

    @Override
    public Test test(String id) {
        return mine(id).map(SignInTests.Run::test)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "Nothing is known of this test.",
                                "It is over, or somebody else began it.",
                                "Begin again under Settings → Sign-in.")
                        .toException());
    }

    @Override
    public Becomes preview(List<Rule> rules, Map<String, Object> claims) {
        return ClaimRules.becomes(rules, claims);
    }

    private Optional<SignInTests.Run> mine(String id) {
        String me = current.get().name();
        return tests.find(id).filter(run -> run.by().equals(me));
    }

    private boolean provedBy(@Nullable String test, Settings settings) {
        return test != null
                && mine(test)
                        .filter(run -> ProviderTable.digest(run.settings()).equals(ProviderTable.digest(settings)))
                        .map(SignInTests.Run::test)
                        .filter(done -> !isDisabled(done.claims()))
                        .map(Test::becomes)
                        .filter(becomes -> becomes.grants().allows(Role.ADMIN, Scope.EVERYWHERE))
                        .isPresent();
    }

    private boolean isDisabled(Map<String, Object> claims) {
        return vouched.find(new ProvidedAccounts.Identity(
                        String.valueOf(claims.get("iss")), String.valueOf(claims.get("sub"))))
                .filter(account -> people.disabled().contains(account.id()))
                .isPresent();
    }

    /** One that was entered for somebody is shown to nobody else: whoever may only change the settings does not learn it. */
    private static void requireSecret(
            Optional<ProviderTable.Row> before, Settings settings, @Nullable SecretText secret, String what) {
        require(
                secret != null
                        || before.filter(ProviderTable.Row::hasSecret)
                                .map(ProviderTable.Row::settings)
                                .filter(kept -> !kept.issuer().equals(settings.issuer())
                                        || !kept.clientId().equals(settings.clientId()))
                                .isEmpty(),
                what,
                "secret: the one that is kept is for the issuer and the client ID as they were saved; with others, type the secret"
                        + " that belongs to them.");
    }

    /** Asked after the change and in its transaction, which a refusal takes back. */
    private void requireSomebody(String what) {
        if (!administrators.remain()) {
            throw Problem.of(
                            ProblemCode.WOULD_LOCK_OUT,
                            what,
                            "Nobody could administer this console afterwards: no local administrator may sign in with a password,"
                                    + " and nobody has become an administrator everywhere by the rules of a provider that is on.",
                            "Sign in by the provider with an account that becomes an administrator, or leave the password on.")
                    .toException();
        }
    }

    private void check(Settings settings, @Nullable SecretText secret, String what) {
        require(
                ID.matcher(settings.id()).matches(),
                what,
                "id: it starts with a lower-case letter and has at most 32 lower-case letters, digits and hyphens.");
        require(isText(settings.name(), NAME_MOST), what, "name: it has 1 to " + NAME_MOST + " characters.");
        require(
                isText(settings.clientId(), CLIENT_MOST),
                what,
                "clientId: it has 1 to " + CLIENT_MOST + " characters.");
        require(
                SCOPES.matcher(settings.scopes()).matches(),
                what,
                "scopes: words with spaces between, without quotes.");
        require(
                secret == null || isText(secret.reveal(), SECRET_MOST),
                what,
                "secret: it has 1 to " + SECRET_MOST + " characters; leave it out to keep the one that is there.");
        require(settings.rules().size() <= RULES_MOST, what, "rules: there are at most " + RULES_MOST + ".");
        require(
                settings.rules().stream()
                        .flatMap(rule -> Stream.of(rule.claimName(), rule.value()))
                        .allMatch(text -> isText(text, RULE_TEXT_MOST)),
                what,
                "rules: each names a claim and a value of 1 to " + RULE_TEXT_MOST + " characters.");
        checkIssuer(settings.issuer(), what);
    }

    private void checkIssuer(String issuer, String what) {
        URI uri;
        try {
            uri = new URI(issuer);
        } catch (URISyntaxException e) {
            throw invalid(what, "issuer: it is an address such as https://id.example.org/realms/home.");
        }
        require(
                issuer.length() <= ISSUER_MOST
                        && uri.getHost() != null
                        && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null
                        && uri.getRawUserInfo() == null,
                what,
                "issuer: it is an address such as https://id.example.org/realms/home, without ? and #.");
        require(
                "https".equals(uri.getScheme()) || properties.plainProviders() || isHere(uri.getHost()),
                what,
                "issuer: over plain HTTP anybody on the way could sign in as anybody; it has to begin with https://.");
    }

    private static boolean isHere(String host) {
        if ("localhost".equals(host)) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress() || OwnAddresses.has(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    private static boolean isText(String text, int most) {
        return !text.isBlank() && text.length() <= most && text.chars().noneMatch(Character::isISOControl);
    }

    private static void require(boolean right, String what, String why) {
        if (!right) {
            throw invalid(what, why);
        }
    }

    private static RuntimeException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }

    private static Provider view(ProviderTable.Row row) {
        return new Provider(row.settings(), row.hasSecret(), row.isProved(), row.changedAt(), row.changedBy());
    }
}
