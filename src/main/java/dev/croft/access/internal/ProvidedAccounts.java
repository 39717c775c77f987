package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Providers.Becomes;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Accounts of people for whom a provider vouches: found again by issuer and subject, never by name or e-mail address, or whoever gets
 * to choose those at one provider would take over somebody else's account.
 */
@Component
class ProvidedAccounts {

    private static final int NAME_MOST = 64;

    private final JdbcClient jdbc;
    private final AccountTable accounts;
    private final TransactionTemplate transaction;
    private final Clock clock;

    ProvidedAccounts(JdbcClient jdbc, AccountTable accounts, TransactionTemplate transaction, Clock clock) {
        this.jdbc = jdbc;
        this.accounts = accounts;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** Somebody's identity at a provider. */
    record Identity(String issuer, String subject) {}

    /** The account, with what the provider says of it now; made when it is the first time. */
    Account signedIn(String provider, Identity who, Becomes becomes) {
        return transaction.execute(status -> {
            Account account = find(who).orElseGet(() -> make(provider, who, becomes));
            jdbc.sql("update access_account set email = ?, vouched_at = ? where id = ?")
                    .params(becomes.email(), now(), account.id())
                    .update();
            accounts.grant(account.id(), becomes.grants());
            return accounts.find(account.id()).orElseThrow();
        });
    }

    /** Their provider, or a rule of this console, does not let them in any more: their tokens may do nothing either. */
    void withdraw(long account) {
        accounts.grant(account, Grants.NONE);
    }

    /** All whom this issuer vouched for. */
    void withdraw(String issuer) {
        record Vouched(long id, String issuer) {}
        jdbc
                .sql("select id, issuer from access_account where issuer is not null")
                .query((row, number) -> new Vouched(row.getLong(1), row.getString(2)))
                .list()
                .stream()
                .filter(each -> isSameIssuer(each.issuer(), issuer))
                .forEach(each -> withdraw(each.id()));
    }

    /** Whether a provider has to vouch for them, and did not for that long. */
    boolean isForgotten(long account, Duration time) {
        return jdbc.sql("select count(*) from access_account where id = ? and issuer is not null and vouched_at < ?")
                        .params(account, now().minus(time))
                        .query(Long.class)
                        .single()
                > 0;
    }

    private OffsetDateTime now() {
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /** Some write theirs with a slash at the end in one place, and without it in another. */
    static boolean isSameIssuer(String issuer, String other) {
        return issuer.replaceFirst("/+$", "").equals(other.replaceFirst("/+$", ""));
    }

    Optional<Account> find(Identity who) {
        return jdbc.sql("select id from access_account where issuer = ? and subject = ?")
                .params(who.issuer(), who.subject())
                .query(Long.class)
                .optional()
                .flatMap(accounts::find);
    }

    Optional<Identity> identity(long account) {
        return jdbc.sql("select issuer, subject from access_account where id = ? and issuer is not null")
                .param(account)
                .query((row, number) -> new Identity(row.getString(1), row.getString(2)))
                .optional();
    }

    private Account make(String provider, Identity who, Becomes becomes) {
        String name = Stream.concat(
                        Stream.of(becomes.name(), becomes.name() + "." + provider),
                        IntStream.range(2, 1000).mapToObj(n -> becomes.name() + "." + provider + "." + n))
                .filter(free ->
                        free.length() <= NAME_MOST && accounts.find(free).isEmpty())
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.SIGN_IN_REFUSED,
                                "You are not signed in.",
                                "Too many people here are called " + becomes.name() + ".",
                                "Ask an administrator to remove those who are gone.")
                        .toException());
        jdbc.sql("insert into access_account (username, email, issuer, subject, created_at) values (?, ?, ?, ?, ?)")
                .params(name, becomes.email(), who.issuer(), who.subject(), now())
                .update();
        return accounts.find(name).orElseThrow();
    }
}
