package dev.croft.access;

import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: who has an account on this console, and what they may do. There is always an administrator left who can sign in. */
public interface People {

    /**
     * @param vouchedFor whether a provider vouches for them: what they may do follows from its rules, and is not granted here
     * @param disabled whether they cannot sign in, and hold nothing meanwhile
     * @param grants those that they hold while they are not disabled
     * @param invitedUntil until when the link works by which they choose a password; null: there is none
     */
    record Person(
            long id,
            String name,
            String email,
            Grants grants,
            boolean vouchedFor,
            boolean disabled,
            Instant createdAt,
            @Nullable Instant invitedUntil) {}

    /**
     * @param link its secret part; shown this once
     */
    record Invitation(Person person, SecretText link, Instant until) {}

    @ReadsOnly
    @RequiresAdmin
    List<Person> list();

    /** Makes a local account without a password, and a link that is good once, for a day. CONFLICT when the name is taken. */
    @RequiresAdmin
    @RequiresStepUp
    Invitation invite(String name, String email, Grants grants);

    /** Another link, for somebody who let the first one expire or forgot the password; the one before it works no more. */
    @RequiresAdmin
    @RequiresStepUp
    Invitation inviteAgain(long person);

    /**
     * Puts these in the place of what they hold; LAST_ADMINISTRATOR when nobody would be left. INVALID_INPUT for somebody for whom a
     * provider vouches: its rules say what they hold.
     */
    @RequiresAdmin
    @RequiresStepUp
    Person grant(long person, Grants grants);

    /** Ends their sessions, and the link by which they may have been invited. LAST_ADMINISTRATOR when nobody would be left. */
    @RequiresAdmin
    @RequiresStepUp
    Person disable(long person, boolean disabled);

    /** The account with its tokens and sessions; what they did stays in the audit. LAST_ADMINISTRATOR when nobody would be left. */
    @RequiresAdmin
    @RequiresStepUp
    void remove(long person);

    /** Whom a link invites; INVITATION_INVALID when it is not known, was used, or is too old. */
    String invited(SecretText link);

    /** The invited person chooses a password; the link is used up, and sessions of the account end. */
    void accept(SecretText link, SecretText password);
}
