package dev.croft.api.internal;

import dev.croft.access.Grant;
import dev.croft.access.Grants;
import dev.croft.access.People;
import dev.croft.access.People.Invitation;
import dev.croft.access.People.Person;
import dev.croft.access.Scope;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /people: who has an account, and what they may do. */
@RestController
@RequestMapping("/api/v1/people")
class PeopleResource {

    private final People people;

    PeopleResource(People people) {
        this.people = people;
    }

    record GrantText(@Nullable String role, @Nullable String scope) {}

    record InviteRequest(
            @Nullable String name,
            @Nullable String email,
            @Nullable List<GrantText> grants) {}

    /** What is left out stays as it is. */
    record ChangeRequest(
            @Nullable List<GrantText> grants, @Nullable Boolean disabled) {}

    /** @param invitation the part after # of the address /welcome, only in the answer that makes it */
    record PersonView(
            long id,
            String name,
            String email,
            List<GrantText> grants,
            boolean vouchedFor,
            boolean disabled,
            Instant createdAt,
            @Nullable Instant invitedUntil,
            @Nullable String invitation) {}

    @GetMapping
    List<PersonView> list() {
        return people.list().stream().map(person -> view(person, null)).toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    PersonView invite(@RequestBody InviteRequest request) {
        Invitation made = people.invite(
                request.name() == null ? "" : request.name(),
                request.email() == null ? "" : request.email(),
                grants(request.grants()));
        return view(made.person(), made.link().reveal());
    }

    @PostMapping("/{person}/invitation")
    @ResponseStatus(HttpStatus.CREATED)
    PersonView inviteAgain(@PathVariable long person) {
        Invitation made = people.inviteAgain(person);
        return view(made.person(), made.link().reveal());
    }

    @PutMapping("/{person}")
    PersonView change(@PathVariable long person, @RequestBody ChangeRequest request) {
        Person changed = null;
        if (request.grants() != null) {
            changed = people.grant(person, grants(request.grants()));
        }
        if (request.disabled() != null) {
            changed = people.disable(person, request.disabled());
        }
        if (changed == null) {
            throw refused("Neither grants nor disabled was given.");
        }
        return view(changed, null);
    }

    @DeleteMapping("/{person}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable long person) {
        people.remove(person);
    }

    private static PersonView view(Person person, @Nullable String invitation) {
        return new PersonView(
                person.id(),
                person.name(),
                person.email(),
                texts(person.grants()),
                person.vouchedFor(),
                person.disabled(),
                person.createdAt(),
                person.invitedUntil(),
                invitation);
    }

    static List<GrantText> texts(Grants grants) {
        return grants.all().stream()
                .map(grant -> new GrantText(grant.role().name(), grant.scope().toString()))
                .toList();
    }

    private static Grants grants(@Nullable List<GrantText> texts) {
        if (texts == null) {
            return Grants.NONE;
        }
        return Grants.of(texts.stream()
                .map(text -> new Grant(
                        TokensResource.role(text.role()),
                        text.scope() == null ? Scope.EVERYWHERE : Scope.parse(text.scope())))
                .toList());
    }

    private static RuntimeException refused(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was changed.", why, "Correct it and try again.")
                .toException();
    }
}
