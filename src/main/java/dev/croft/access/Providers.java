package dev.croft.access;

import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Use cases: who vouches for people (providers of OpenID Connect), and what their word makes of somebody. */
public interface Providers {

    /**
     * Somebody whose claim has this value gets this grant.
     *
     * @param claimName of the claim, or a path into it such as {@code realm_access.roles}; {@code email} counts only when the provider
     *     says that the address was verified
     * @param value what it is, or what its list holds; {@code *}: anything
     */
    record Rule(String claimName, String value, Role role, Scope scope) {

        public Grant grant() {
            return new Grant(role, scope);
        }
    }

    /**
     * @param id part of the address to which the provider sends people back; never changes
     * @param name on the button of the sign-in page
     * @param issuer as the provider calls itself; its discovery document lies below
     * @param scopes asked for beside {@code openid}, with spaces between
     */
    record Settings(
            String id, String name, String issuer, String clientId, String scopes, boolean enabled, List<Rule> rules) {

        public Settings {
            rules = List.copyOf(rules);
        }
    }

    /**
     * @param proved whether somebody became an administrator everywhere by these very settings
     */
    record Provider(Settings settings, boolean hasSecret, boolean proved, Instant changedAt, String changedBy) {}

    /** What the sign-in page offers. */
    record Option(String id, String name) {}

    /**
     * Whom the rules make of somebody.
     *
     * @param matched the rules that gave something
     * @param refused why they could not sign in; null: they could
     */
    record Becomes(
            String name,
            String email,
            Grants grants,
            List<Rule> matched,
            @Nullable Problem refused) {}

    enum TestState {
        WAITING,
        DONE,
        FAILED
    }

    /**
     * A sign-in that is only tried: nothing of it is kept.
     *
     * @param path where the browser has to go for it
     * @param claims what the provider said, when it is done
     */
    record Test(
            String id,
            String path,
            TestState state,
            Map<String, Object> claims,
            @Nullable Becomes becomes,
            @Nullable Problem problem) {}

    // ---- the sign-in page

    /** Those that are on. */
    List<Option> offered();

    /** Whether local accounts may sign in with a password. */
    boolean passwordSignIn();

    // ---- settings

    @ReadsOnly
    @RequiresAdmin
    List<Provider> list();

    /**
     * Adds or replaces it; good from the next sign-in on. WOULD_LOCK_OUT when nobody could administer this console afterwards.
     *
     * @param secret null: the one that is kept already; INVALID_INPUT when that was entered for another issuer or client
     * @param test a {@link #startTest test} of these settings that is done; it may prove that there will be an administrator
     */
    @RequiresStepUp
    @RequiresAdmin
    Provider save(Settings settings, @Nullable SecretText secret, @Nullable String test);

    /** Whoever came by it cannot sign in any more, and their sessions end. WOULD_LOCK_OUT as above. */
    @RequiresStepUp
    @RequiresAdmin
    void remove(String id);

    /** WOULD_LOCK_OUT when nobody could administer this console afterwards. */
    @RequiresStepUp
    @RequiresAdmin
    void setPasswordSignIn(boolean on);

    /**
     * Prepares a sign-in with settings that are not saved; good for ten minutes.
     *
     * @param secret null: the one that is kept already, which goes to the issuer and for the client it was entered for, and nowhere else
     */
    @RequiresStepUp
    @RequiresAdmin
    Test startTest(Settings settings, @Nullable SecretText secret);

    @ReadsOnly
    @RequiresAdmin
    Test test(String id);

    /** What rules make of somebody with these claims. */
    @ReadsOnly
    @RequiresAdmin
    Becomes preview(List<Rule> rules, Map<String, Object> claims);
}
