package dev.croft.desired;

import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The bounds of mail, the box's and an app's. nix/modules (types.nix, options.nix, asserts.nix) have the same; golden cases hold the two together. */
final class MailRules {

    private static final int DOMAIN_MAX = 253;
    private static final int ADDRESS_MAX = 254;
    private static final int DOMAINS_MAX = 64;
    private static final int ADDRESSES_MAX = 1000;
    private static final int TARGETS_MAX = 64;
    private static final int FROM_MAX = 16;
    private static final int PER_HOUR_MAX = 100_000;

    private static final Pattern RELAY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");
    /** A colon would end it where user and password are put together. */
    private static final Pattern USER = Pattern.compile("[!-9;-~]{1,254}");

    private static final Pattern DOMAIN = Pattern.compile(AppSpecRules.DOMAIN_NAME);
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._%+-]{1,64}@" + AppSpecRules.DOMAIN_NAME);
    /** It becomes a directory, and {@code +} parts it from what a sender may add. */
    private static final Pattern MAILBOX =
            Pattern.compile("(?=[^@]{1,64}@)[a-z0-9][a-z0-9_-]*(\\.[a-z0-9_-]+)*@" + AppSpecRules.DOMAIN_NAME);

    private static final Pattern QUOTA = Pattern.compile("[1-9][0-9]{0,5}[MGT]");
    private static final Pattern SELECTOR = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern MESSAGE = Pattern.compile("[1-9][0-9]{0,5}[KMG]");
    private static final BigInteger MESSAGE_LEAST = BigInteger.ONE.shiftLeft(20);
    private static final BigInteger MESSAGE_MOST = BigInteger.ONE.shiftLeft(30);

    private MailRules() {}

    /** Each part of the program has words of its own for what it refuses. */
    interface Require {
        void holds(boolean holds, String field, String why);
    }

    static void check(HostState.Mail mail) {
        require(
                mail.relay() != null || mail.server() != null,
                "services.mail",
                "it has a relay, a server or both; leave it out when the box has no mail.");
        if (mail.relay() != null) {
            relay(mail.relay());
        }
        if (mail.server() != null) {
            server(mail.server());
        }
    }

    private static void relay(MailRelay relay) {
        require(
                relay.host().length() <= DOMAIN_MAX
                        && RELAY.matcher(relay.host()).matches(),
                "services.mail.relay.host",
                "it is the name of a server such as smtp.example.net, at most 253 characters.");
        Integer port = relay.port();
        require(
                port == null || (port >= 1 && port <= 65_535),
                "services.mail.relay.port",
                "it lies between 1 and 65535.");
        require(
                relay.user() == null || USER.matcher(relay.user()).matches(),
                "services.mail.relay.user",
                "it has 1 to 254 printable ASCII characters, without blanks and colons.");
    }

    private static void server(MailServer server) {
        require(
                isDomain(server.hostname()),
                "services.mail.server.hostname",
                "it is a domain name in lower case, at most 253 characters.");
        String domains = "services.mail.server.domains";
        require(
                !server.domains().isEmpty() && server.domains().size() <= DOMAINS_MAX,
                domains,
                "there are 1 to " + DOMAINS_MAX + " of them.");
        each(
                domains,
                server.domains(),
                MailRules::isDomain,
                "it is a domain name in lower case, at most 253 characters.");
        mailboxes(server);
        aliases(server);
        String most = server.messageMax();
        require(
                most == null
                        || (MESSAGE.matcher(most).matches()
                                && ServiceSetting.bytes(most)
                                        .filter(bytes -> bytes.compareTo(MESSAGE_LEAST) >= 0
                                                && bytes.compareTo(MESSAGE_MOST) <= 0)
                                        .isPresent()),
                "services.mail.server.messageMax",
                "it is an amount from 1M to 1G, such as 25M.");
        String selector = server.dkimSelector();
        require(
                selector == null || SELECTOR.matcher(selector).matches(),
                "services.mail.server.dkimSelector",
                "it has 1 to 63 characters, a to z, 0 to 9 and dash, and begins and ends with none.");
        require(
                server.tls() != AppSpec.Tls.NONE,
                "services.mail.server.tls",
                "it is one of acme, internal, self-signed, uploaded: passwords go over this connection.");
    }

    private static void mailboxes(MailServer server) {
        String all = "services.mail.server.mailboxes";
        require(server.mailboxes().size() <= ADDRESSES_MAX, all, "there are at most " + ADDRESSES_MAX + ".");
        server.mailboxes().forEach((address, mailbox) -> {
            String field = all + "." + HostSettingsRules.shortened(address);
            require(
                    isMailbox(address),
                    field,
                    "a mailbox's address is in lower case: a to z, 0 to 9 and . _ - before the @, where the part before it"
                            + " begins with a letter or a digit and has at most 64 characters.");
            ofOneOfTheDomains(field, address, server);
            require(
                    mailbox.quota() == null || QUOTA.matcher(mailbox.quota()).matches(),
                    field + ".quota",
                    "it is an amount of disk space such as 500M or 10G: at most six digits and M, G or T.");
        });
    }

    private static void aliases(MailServer server) {
        String all = "services.mail.server.aliases";
        require(server.aliases().size() <= ADDRESSES_MAX, all, "there are at most " + ADDRESSES_MAX + ".");
        server.aliases().forEach((address, targets) -> {
            String field = all + "." + HostSettingsRules.shortened(address);
            require(
                    isDomainAsAWhole(address) || isMailbox(address),
                    field,
                    "an alias is an address in lower case: a to z, 0 to 9 and . _ - before the @; or @ and a domain.");
            ofOneOfTheDomains(field, address, server);
            require(
                    !server.mailboxes().containsKey(address),
                    field,
                    "there is a mailbox of this address as well. Take out one of the two.");
            require(
                    !targets.isEmpty() && targets.size() <= TARGETS_MAX,
                    field,
                    "it leads to 1 to " + TARGETS_MAX + " addresses.");
            each(
                    field,
                    targets,
                    MailRules::isAddress,
                    "it is an e-mail address in plain letters, with a domain in lower case.");
        });
    }

    private static void ofOneOfTheDomains(String field, String address, MailServer server) {
        String domain = address.substring(address.indexOf('@') + 1);
        require(
                server.domains().contains(domain),
                field,
                HostSettingsRules.shortened(domain)
                        + " is not one of services.mail.server.domains. Add the domain, or choose"
                        + " another address.");
    }

    static void check(AppSpec.Mail mail) {
        String field = "attach.mail.from";
        AppSpecRules.require(
                !mail.from().isEmpty() && mail.from().size() <= FROM_MAX,
                field,
                "there are 1 to " + FROM_MAX + " addresses as which the app sends.");
        each(
                AppSpecRules::require,
                field,
                mail.from(),
                from -> isAddress(from) || isDomainAsAWhole(from),
                "it is an e-mail address in plain letters, with a domain in lower case; or @ and a domain.");
        Integer perHour = mail.perHour();
        AppSpecRules.require(
                perHour == null || (perHour >= 1 && perHour <= PER_HOUR_MAX),
                "attach.mail.perHour",
                "it lies between 1 and " + PER_HOUR_MAX + ".");
    }

    private static void each(String field, List<String> all, Predicate<String> right, String why) {
        each(HostSettingsRules::require, field, all, right, why);
    }

    private static void each(Require require, String field, List<String> all, Predicate<String> right, String why) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < all.size(); i++) {
            require.holds(right.test(all.get(i)), field + "[" + i + "]", why);
            require.holds(seen.add(all.get(i)), field + "[" + i + "]", "it is listed twice.");
        }
    }

    private static boolean isDomain(String name) {
        return name.length() <= DOMAIN_MAX && DOMAIN.matcher(name).matches();
    }

    private static boolean isDomainAsAWhole(String address) {
        return address.startsWith("@") && isDomain(address.substring(1));
    }

    static boolean isMailbox(String address) {
        return address.length() <= ADDRESS_MAX && MAILBOX.matcher(address).matches();
    }

    private static boolean isAddress(String address) {
        return address.length() <= ADDRESS_MAX && ADDRESS.matcher(address).matches();
    }

    private static void require(boolean holds, String field, String why) {
        HostSettingsRules.require(holds, field, why);
    }
}
