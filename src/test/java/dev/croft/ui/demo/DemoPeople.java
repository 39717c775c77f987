package dev.croft.ui.demo;

import dev.croft.access.Grants;
import dev.croft.access.People;
import dev.croft.access.Role;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

public class DemoPeople implements People {

    private final Clock clock;
    private final List<Person> people = new ArrayList<>();

    DemoPeople(Clock clock) {
        this.clock = clock;
        people.add(new Person(
                1, "anna", "anna@attic.example", Grants.everywhere(Role.ADMIN), false, false, clock.instant(), null));
        people.add(new Person(
                2, "grace", "grace@id.example", Grants.everywhere(Role.VIEWER), true, false, clock.instant(), null));
    }

    @Override
    public synchronized List<Person> list() {
        return List.copyOf(people);
    }

    @Override
    public synchronized Invitation invite(String name, String email, Grants grants) {
        Instant until = clock.instant().plus(Duration.ofHours(24));
        var person = new Person(people.size() + 1, name, email, grants, false, false, clock.instant(), until);
        people.add(person);
        return new Invitation(person, SecretText.of("the-secret-part-of-a-link"), until);
    }

    @Override
    public synchronized Invitation inviteAgain(long person) {
        return new Invitation(
                get(person),
                SecretText.of("another-secret-part"),
                clock.instant().plus(Duration.ofHours(24)));
    }

    @Override
    public synchronized Person grant(long id, Grants grants) {
        Person was = get(id);
        requireAnother(id);
        return put(new Person(
                id,
                was.name(),
                was.email(),
                grants,
                was.vouchedFor(),
                was.disabled(),
                was.createdAt(),
                was.invitedUntil()));
    }

    @Override
    public synchronized Person disable(long id, boolean disabled) {
        Person was = get(id);
        requireAnother(id);
        return put(new Person(
                id,
                was.name(),
                was.email(),
                was.grants(),
                was.vouchedFor(),
                disabled,
                was.createdAt(),
                was.invitedUntil()));
    }

    @Override
    public synchronized void remove(long id) {
        requireAnother(id);
        people.removeIf(person -> person.id() == id);
    }

    @Override
    public String invited(SecretText link) {
        return "bob";
    }

    @Override
    public void accept(SecretText link, SecretText password) {}

    private Person put(Person person) {
        people.replaceAll(each -> each.id() == person.id() ? person : each);
        return person;
    }

    private Person get(long id) {
        return people.stream().filter(each -> each.id() == id).findFirst().orElseThrow();
    }

    private static void requireAnother(long id) {
        if (id == 1) {
            throw Problem.of(
                            ProblemCode.LAST_ADMINISTRATOR,
                            "Nothing was changed.",
                            "anna is the last one who administers this console and can sign in; without them nobody could.",
                            "Make somebody else an administrator of everything first, and let them sign in.")
                    .toException();
        }
    }
}
