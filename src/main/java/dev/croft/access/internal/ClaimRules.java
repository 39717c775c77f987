package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Providers.Becomes;
import dev.croft.access.Providers.Rule;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What rules make of claims: pure. */
final class ClaimRules {

    private static final String ANYTHING = "*";
    private static final String EMAIL = "email";
    private static final String EMAIL_VERIFIED = "email_verified";
    private static final int NAME_MOST = 40;

    private ClaimRules() {}

    static Becomes becomes(List<Rule> rules, Map<String, Object> claims) {
        List<Rule> matched =
                rules.stream().filter(rule -> matches(rule, claims)).toList();
        String name = name(claims);
        return new Becomes(
                name,
                email(claims, name),
                Grants.of(matched.stream().map(Rule::grant).toList()),
                matched,
                matched.isEmpty() ? refused(rules, claims, name) : null);
    }

    private static boolean matches(Rule rule, Map<String, Object> claims) {
        return (!EMAIL.equals(rule.claimName()) || isVerified(claims)) && isSaid(rule, claims);
    }

    private static boolean isSaid(Rule rule, Map<String, Object> claims) {
        return values(claims, rule.claimName())
                .anyMatch(value -> ANYTHING.equals(rule.value()) || rule.value().equals(value));
    }

    /** At many providers people write what they like for their address. */
    private static boolean isVerified(Map<String, Object> claims) {
        return "true".equals(String.valueOf(claims.get(EMAIL_VERIFIED)));
    }

    /** A claim by its whole name first, because names such as https://example.com/roles have dots; then part by part. */
    static Stream<String> values(@Nullable Object in, String path) {
        if (in instanceof Collection<?> list) {
            return list.stream().flatMap(each -> values(each, path));
        }
        if (!(in instanceof Map<?, ?> object)) {
            return Stream.empty();
        }
        if (object.get(path) != null) {
            return flat(object.get(path));
        }
        Stream<String> found = Stream.empty();
        for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
            found = Stream.concat(found, values(object.get(path.substring(0, dot)), path.substring(dot + 1)));
        }
        return found;
    }

    private static Stream<String> flat(Object value) {
        return switch (value) {
            case Collection<?> list -> list.stream().flatMap(ClaimRules::flat);
            case Map<?, ?> object -> object.isEmpty() ? Stream.empty() : Stream.of(object.toString());
            default -> Stream.of(value.toString());
        };
    }

    private static Problem refused(List<Rule> rules, Map<String, Object> claims, String name) {
        if (rules.isEmpty()) {
            return Problem.of(
                    ProblemCode.SIGN_IN_REFUSED,
                    "You are not signed in.",
                    "The provider vouches for " + name + ", but no rule says what anybody may do who comes from there.",
                    "Ask an administrator to add a rule under Settings → Sign-in.");
        }
        if (rules.stream().anyMatch(rule -> EMAIL.equals(rule.claimName()) && isSaid(rule, claims))) {
            return Problem.of(
                            ProblemCode.SIGN_IN_REFUSED,
                            "You are not signed in.",
                            "The provider vouches for " + name
                                    + ", but does not say that the e-mail address was verified (\"" + EMAIL_VERIFIED
                                    + "\"), so the rules for addresses give nothing.",
                            "Have the address verified at the provider, or ask an administrator of Croft for a rule by group.")
                    .withDetail(sent(claims));
        }
        String missing = rules.stream()
                .map(Rule::claimName)
                .distinct()
                .filter(claim -> values(claims, claim).findAny().isEmpty())
                .map(claim -> "\"" + claim + "\"")
                .collect(Collectors.joining(", "));
        boolean allMissing = rules.stream()
                .allMatch(rule -> values(claims, rule.claimName()).findAny().isEmpty());
        return Problem.of(
                        ProblemCode.SIGN_IN_REFUSED,
                        "You are not signed in.",
                        allMissing
                                ? "The provider vouches for " + name + ", but did not send the claim " + missing
                                        + ", from which Croft reads what somebody may do."
                                : "The provider vouches for " + name
                                        + ", but nothing that it says about you gives a role here.",
                        allMissing
                                ? "Ask the provider's administrator to send that claim to this console, or one of Croft to correct the rules."
                                : "Ask for a group or role that an administrator of Croft has given a rule.")
                .withDetail(sent(claims));
    }

    private static String sent(Map<String, Object> claims) {
        return "claims that came: " + String.join(", ", new TreeSet<>(claims.keySet()));
    }

    private static String name(Map<String, Object> claims) {
        return Stream.of("preferred_username", "nickname", "email", "name", "sub")
                .map(claims::get)
                .filter(String.class::isInstance)
                .map(each -> tidy((String) each))
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("somebody");
    }

    /** What may stand in a commit's author, a log line and a page. */
    private static String tidy(String name) {
        String tidied = name.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9._@-]+", "-")
                .replaceAll("^[^a-z0-9]+|[^a-z0-9]+$", "");
        return tidied.length() > NAME_MOST ? tidied.substring(0, NAME_MOST) : tidied;
    }

    private static String email(Map<String, Object> claims, String name) {
        return claims.get("email") instanceof String email && email.matches("[^@\\s<>]{1,64}@[^@\\s<>]{1,180}")
                ? email
                : name.replace('@', '.') + "@croft.invalid";
    }
}
