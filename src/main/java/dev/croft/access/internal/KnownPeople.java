package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.People;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Accounts, as an administrator arranges them. */
@Service
class KnownPeople implements People {

    private static final Duration GOOD_FOR = Duration.ofHours(24);
    private static final Pattern EMAIL = Pattern.compile("[^@\\s\\p{Cntrl}]{1,64}@[^@\\s\\p{Cntrl}]{1,189}");

    private final AccountTable accounts;
    private final PersonTable people;
    private final Administrators administrators;
    private final OpenSessions sessions;
    private final PasswordEncoder passwords;
    private final Trail trail;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    KnownPeople(
            AccountTable accounts,
            PersonTable people,
            Administrators administrators,
            OpenSessions sessions,
            PasswordEncoder passwords,
            Trail trail,
            Clock clock) {
        this.accounts = accounts;
        this.people = people;
        this.administrators = administrators;
        this.sessions = sessions;
        this.passwords = passwords;
        this.trail = trail;
        this.clock = clock;
    }

    @Override
    public List<Person> list() {
        Set<Long> vouchedFor = people.vouchedFor();
        Set<Long> disabled = people.disabled();
        Map<Long, Instant> invited = people.invited();
        return accounts.everybody().stream()
                .map(account -> person(account, vouchedFor, disabled, invited))
                .toList();
    }

    private Person get(long id) {
        return list().stream()
                .filter(person -> person.id() == id)
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "Nothing was changed.",
                                "There is no account with this number.",
                                "Choose one of Settings → People.")
                        .toException());
    }

    private static Person person(
            Account account, Set<Long> vouchedFor, Set<Long> disabled, Map<Long, Instant> invited) {
        return new Person(
                account.id(),
                account.username(),
                account.email(),
                account.grants(),
                vouchedFor.contains(account.id()),
                disabled.contains(account.id()),
                account.createdAt(),
                invited.get(account.id()));
    }

    @Override
    @Transactional
    public Invitation invite(String name, String email, Grants grants) {
        LocalAccounts.requireUsername(name);
        if (!EMAIL.matcher(email).matches()) {
            throw refused("email: it has a name, an @ and a domain.");
        }
        requireSomething(grants);
        if (accounts.find(name).isPresent()) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "Nobody was invited.",
                            "There already is an account named \"" + name + "\".",
                            "Choose another name, or change what that person may do.")
                    .toException();
        }
        accounts.insert(name, email, grants, null, clock.instant().truncatedTo(ChronoUnit.MICROS));
        return invitation(accounts.find(name).orElseThrow().id());
    }

    @Override
    @Transactional
    public Invitation inviteAgain(long person) {
        Person known = get(person);
        if (known.vouchedFor()) {
            throw refused(known.name() + " signs in with a provider, and has no password here.");
        }
        return invitation(person);
    }

    private Invitation invitation(long account) {
        byte[] bits = new byte[32];
        random.nextBytes(bits);
        String link = Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        Instant until = clock.instant().plus(GOOD_FOR).truncatedTo(ChronoUnit.MICROS);
        people.invite(account, Hashes.sha256(link), until);
        return new Invitation(get(account), SecretText.of(link), until);
    }

    @Override
    @Transactional
    public Person grant(long person, Grants grants) {
        people.lock();
        Person known = get(person);
        if (known.vouchedFor()) {
            throw refused(known.name()
                    + " signs in with a provider: what they may do follows from its rules at each sign-in. Change these under"
                    + " Settings → Sign-in, or their groups at the provider.");
        }
        requireSomething(grants);
        if (!grants.allows(Role.ADMIN, Scope.EVERYWHERE)) {
            requireAnotherAdministrator(known);
        }
        accounts.grant(person, grants);
        return get(person);
    }

    @Override
    @Transactional
    public Person disable(long person, boolean disabled) {
        people.lock();
        Person known = get(person);
        if (disabled) {
            requireAnotherAdministrator(known);
            people.uninvite(person);
            sessions.endAll(person, null, OpenSessions.problem("The account was disabled."));
        }
        people.disable(person, disabled ? clock.instant().truncatedTo(ChronoUnit.MICROS) : null);
        return get(person);
    }

    @Override
    @Transactional
    public void remove(long person) {
        people.lock();
        requireAnotherAdministrator(get(person));
        sessions.endAll(person, null, OpenSessions.problem("The account was removed."));
        people.delete(person);
    }

    private void requireAnotherAdministrator(Person known) {
        if (administrators.isOne(known.id()) && !administrators.remainWithout(known.id())) {
            throw Problem.of(
                            ProblemCode.LAST_ADMINISTRATOR,
                            "Nothing was changed.",
                            known.name()
                                    + " is the last one who administers this console and can sign in; without them nobody could.",
                            "Make somebody else an administrator of everything first, and let them sign in.")
                    .toException();
        }
    }

    private static void requireSomething(Grants grants) {
        if (grants.isEmpty()) {
            throw refused("grants: choose at least one role, and for what it is held.");
        }
    }

    private static ProblemException refused(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was changed.", why, "Correct it and try again.")
                .toException();
    }

    @Override
    public String invited(SecretText link) {
        return people.invited(Hashes.sha256(link.reveal()), clock.instant())
                .flatMap(accounts::find)
                .map(Account::username)
                .orElseThrow(KnownPeople::unknownLink);
    }

    @Override
    @Transactional
    public void accept(SecretText link, SecretText password) {
        String name = invited(link);
        PasswordRules.require(name, password.reveal());
        String hash = passwords.encode(password.reveal());
        if (!people.useUp(Hashes.sha256(link.reveal()))) {
            throw unknownLink();
        }
        accounts.changePasswordHash(name, hash);
        // Whoever forgot the password, or lost a browser, wants those out who are still in.
        sessions.endAll(
                accounts.find(name).orElseThrow().id(),
                null,
                OpenSessions.problem("The password of the account was changed."));
        trail.withoutSession(name, "People.accept", "by the invitation");
    }

    private static ProblemException unknownLink() {
        return Problem.of(
                        ProblemCode.INVITATION_INVALID,
                        "No password was set.",
                        "This link is not known, was used already, or is older than a day.",
                        "Ask an administrator of this console for another one.")
                .toException();
    }
}
