package dev.croft.access.internal;

import dev.croft.access.internal.PersonTable.Administrator;
import java.util.List;
import java.util.function.LongPredicate;
import org.springframework.stereotype.Component;

/**
 * Who administers everything and has a way in that is on: a password while these are, or a provider whose rules made somebody an
 * administrator. Whatever could leave the console without any of them asks here, behind {@link PersonTable#lock}.
 */
@Component
class Administrators {

    private final PersonTable people;
    private final ProviderTable providers;

    Administrators(PersonTable people, ProviderTable providers) {
        this.people = people;
        this.providers = providers;
    }

    boolean isOne(long account) {
        return isThere(id -> id == account);
    }

    /** Whether there is one. */
    boolean remain() {
        return isThere(any -> true);
    }

    boolean remainWithout(long account) {
        return isThere(id -> id != account);
    }

    private boolean isThere(LongPredicate which) {
        boolean passwords = providers.passwordSignIn();
        List<String> issuers = providers.all().stream()
                .filter(row -> row.settings().enabled() && row.isProved())
                .map(row -> row.settings().issuer())
                .toList();
        return people.administrators().stream()
                .filter(each -> which.test(each.id()))
                .anyMatch(each -> passwords && each.hasPassword() || isVouchedFor(each, issuers));
    }

    private static boolean isVouchedFor(Administrator administrator, List<String> issuers) {
        String issuer = administrator.issuer();
        return issuer != null && issuers.stream().anyMatch(each -> ProvidedAccounts.isSameIssuer(each, issuer));
    }
}
