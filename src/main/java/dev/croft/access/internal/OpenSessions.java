package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sessions;
import dev.croft.access.internal.SessionTable.Row;
import dev.croft.access.internal.SessionTable.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Who is signed in where. The row is the sign-in, known by a cookie of its own; the HTTP session only holds the pages that are open.
 * So a restart of the console signs nobody out, and ending the row ends it wherever it is used.
 */
@Service
class OpenSessions implements Sessions, SessionAuthenticationStrategy {

    static final String COOKIE = "croft-signin";

    private static final Logger log = LoggerFactory.getLogger(OpenSessions.class);
    private static final int BYTES = 32;
    private static final int TEXT_LENGTH = 43;
    /** How exact "last seen" is in the database; it saves a write for every click. */
    private static final Duration SEEN_STEP = Duration.ofMinutes(1);

    private static final int ENDED_MOST = 1000;
    private static final int TEXT_MOST = 100;
    /** Attributes of a request that signs somebody in by a provider. */
    private static final String VOUCHED = OpenSessions.class.getName() + ".vouched";

    private final SessionTable table;
    private final AccountTable accounts;
    private final CurrentOperator current;
    private final RequestPaths paths;
    private final AccessProperties properties;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** HTTP sessions, by the number of the sign-in that they belong to. */
    private final Map<Long, Set<HttpSession>> pages = new ConcurrentHashMap<>();
    /** Rows in use, so that a click does not cost a query: by the cookie's hash. */
    private final Map<String, Held> held = new ConcurrentHashMap<>();
    /** Why sign-ins ended of which the browser does not know yet: by the cookie's hash. */
    private final Map<String, Problem> ended = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Problem> eldest) {
            return size() > ENDED_MOST;
        }
    };

    /** What a provider vouched for. */
    record Vouched(String provider, @Nullable String sid, Tokens tokens) {}

    /** A row with what is newer than in the database. */
    static final class Held {
        final Row row;
        private volatile Instant lastSeen;
        private volatile Instant written;
        /** When the provider was last asked whether it still vouches; set by who asks. */
        volatile Instant asked;

        Held(Row row, Instant asked) {
            this.row = row;
            this.lastSeen = row.lastSeen();
            this.written = row.lastSeen();
            this.asked = asked;
        }
    }

    OpenSessions(
            SessionTable table,
            AccountTable accounts,
            CurrentOperator current,
            RequestPaths paths,
            AccessProperties properties,
            Clock clock) {
        this.table = table;
        this.accounts = accounts;
        this.current = current;
        this.paths = paths;
        this.properties = properties;
        this.clock = clock;
    }

    // ---- the chain

    static void vouch(HttpServletRequest request, Vouched vouched) {
        request.setAttribute(VOUCHED, vouched);
    }

    /** Somebody has just signed in. */
    @Override
    public void onAuthentication(Authentication who, HttpServletRequest request, HttpServletResponse response) {
        if (!(who instanceof SignedIn signedIn) || signedIn.account() == null) {
            return;
        }
        // Whoever was signed in with this browser is not any more.
        cookie(request).flatMap(value -> table.byHash(Hashes.sha256(value))).ifPresent(before -> end(before, null));
        byte[] bits = new byte[BYTES];
        random.nextBytes(bits);
        String value = Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        Vouched vouched = request.getAttribute(VOUCHED) instanceof Vouched by ? by : null;
        Row row = table.insert(
                Hashes.sha256(value),
                signedIn.account(),
                signedIn.session(),
                Devices.of(request.getHeader(HttpHeaders.USER_AGENT)),
                shortened(paths.address(request)),
                clock.instant(),
                vouched == null ? null : vouched.provider(),
                vouched == null ? null : vouched.sid(),
                vouched == null ? null : vouched.tokens());
        hold(row, clock.instant());
        pages.computeIfAbsent(row.id(), id -> ConcurrentHashMap.newKeySet()).add(request.getSession());
        send(request, response, value, properties.sessionMost());
    }

    /** The sign-in of this request's cookie, while it is good. */
    Optional<Held> of(HttpServletRequest request) {
        Optional<String> hash = cookie(request).map(Hashes::sha256);
        if (hash.isEmpty()) {
            return Optional.empty();
        }
        Held found = held.get(hash.get());
        if (found == null) {
            Optional<Row> row = table.byHash(hash.get());
            if (row.isEmpty()) {
                return Optional.empty();
            }
            // Asked at the first chance: much may have happened while the console was off.
            found = hold(row.get(), Instant.EPOCH);
            if (found == null) {
                return Optional.empty();
            }
        }
        Instant now = clock.instant();
        Optional<Problem> over = over(found.row, found.lastSeen, now);
        if (over.isPresent()) {
            end(found.row, over.get());
            return Optional.empty();
        }
        return Optional.of(found);
    }

    private Optional<Problem> over(Row row, Instant seen, Instant now) {
        if (!seen.plus(properties.sessionIdle()).isAfter(now)) {
            return Optional.of(problem("It was not used for " + words(properties.sessionIdle()) + "."));
        }
        if (!row.since().plus(properties.sessionMost()).isAfter(now)) {
            return Optional.of(problem("It was good for " + words(properties.sessionMost()) + ", and they are over."));
        }
        return Optional.empty();
    }

    /** Null: it was ended since it was read, and must not come back by this. */
    private @Nullable Held hold(Row row, Instant asked) {
        Held made = held.computeIfAbsent(row.hash(), unused -> new Held(row, asked));
        if (table.byHash(row.hash()).isEmpty()) {
            held.remove(row.hash(), made);
            return null;
        }
        return made;
    }

    /** The HTTP session shows pages of this sign-in. */
    void attach(Held open, HttpSession session) {
        pages.computeIfAbsent(open.row.id(), id -> ConcurrentHashMap.newKeySet())
                .add(session);
    }

    /** Somebody did something; not the page by itself. */
    void touch(Held open) {
        Instant now = clock.instant();
        open.lastSeen = now;
        if (open.written.plus(SEEN_STEP).isBefore(now)) {
            open.written = now;
            table.seen(open.row.id(), now);
        }
    }

    /** Why the sign-in ended whose cookie this request still sends; told once. */
    Optional<Problem> whyEnded(HttpServletRequest request) {
        return cookie(request).map(Hashes::sha256).flatMap(hash -> {
            synchronized (ended) {
                return Optional.ofNullable(ended.remove(hash));
            }
        });
    }

    static Optional<String> cookie(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        return cookies == null
                ? Optional.empty()
                : Arrays.stream(cookies)
                        .filter(cookie -> COOKIE.equals(cookie.getName()))
                        .map(Cookie::getValue)
                        .filter(value -> value.length() == TEXT_LENGTH)
                        .findFirst();
    }

    /**
     * What the browser has of a sign-in that has ended. Pages are kept by no cache as it is, but browsers hold some ready to go back to:
     * "cache" empties that. Not "storage", where the theme is, nor "cookies", by which the browser is known again.
     */
    static void forget(HttpServletRequest request, HttpServletResponse response) {
        response.setHeader("Clear-Site-Data", "\"cache\"");
        send(request, response, "", Duration.ZERO);
    }

    private static void send(HttpServletRequest request, HttpServletResponse response, String value, Duration life) {
        response.addHeader(
                HttpHeaders.SET_COOKIE,
                ResponseCookie.from(COOKIE, value)
                        .httpOnly(true)
                        .secure(request.isSecure())
                        .sameSite("Lax")
                        .path(request.getContextPath() + "/")
                        .maxAge(life)
                        .build()
                        .toString());
    }

    // ---- the use cases

    @Override
    public List<Session> mine() {
        return me().map(account -> views(table.of(account.id()))).orElse(List.of());
    }

    @Override
    public List<Session> all() {
        return views(table.all());
    }

    @Override
    public void revoke(long id) {
        Operator operator = current.get();
        Row row = table.find(id)
                .filter(found -> operator.may(Role.ADMIN, Scope.EVERYWHERE)
                        || me().filter(mine -> mine.id() == found.account()).isPresent())
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "No session was ended.",
                                "There is none with the number " + id + ", or it is not yours.",
                                "Reload the list.")
                        .toException());
        end(row, problem("It was ended by " + operator.name() + "."));
        log.info("{} ended session {}", operator.name(), id);
    }

    @Override
    public int revokeOthers() {
        Operator operator = current.get();
        List<Row> others = me().map(account -> table.of(account.id())).orElse(List.of()).stream()
                .filter(row -> !isCurrent(row))
                .toList();
        others.forEach(row -> end(row, problem("It was ended by " + operator.name() + ", from another browser.")));
        return others.size();
    }

    private Optional<Account> me() {
        return accounts.find(current.get().name());
    }

    private boolean isCurrent(Row row) {
        return !row.browser().isEmpty() && row.browser().equals(paths.currentSession());
    }

    private List<Session> views(List<Row> rows) {
        Map<Long, String> names = new java.util.HashMap<>();
        accounts.all().forEach(account -> names.put(account.id(), account.username()));
        Instant now = clock.instant();
        String me = current.get().name();
        return rows.stream()
                .filter(row -> over(row, seen(row), now).isEmpty())
                .map(row -> {
                    String name = names.getOrDefault(row.account(), "–");
                    return new Session(
                            row.id(),
                            name,
                            row.device(),
                            row.address(),
                            row.since(),
                            seen(row),
                            row.provider(),
                            name.equals(me) && isCurrent(row));
                })
                .toList();
    }

    private Instant seen(Row row) {
        Held open = held.get(row.hash());
        return open == null ? row.lastSeen() : open.lastSeen;
    }

    // ---- ending

    /** Ends all of an account, such as after a change of its password, but for the one that belongs to that browser. */
    void endAll(long account, @Nullable String exceptBrowser, @Nullable Problem why) {
        endWhere(
                row -> row.account() == account
                        && (row.browser().isEmpty() || !row.browser().equals(exceptBrowser)),
                why);
    }

    int endWhere(Predicate<Row> which, @Nullable Problem why) {
        List<Row> found = new ArrayList<>(table.all());
        found.removeIf(which.negate());
        found.forEach(row -> end(row, why));
        return found.size();
    }

    /** Those that are over without anybody having come back with their cookie: nothing of a provider's is kept for them. */
    void purge() {
        Instant now = clock.instant();
        List.copyOf(table.all()).forEach(row -> over(row, seen(row), now).ifPresent(why -> end(row, why)));
    }

    /** In a transaction, when that is done: what is taken back ends nothing, and nobody reads the row once more in between. */
    void end(Row row, @Nullable Problem why) {
        table.delete(row.id());
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    forget(row, why);
                }
            });
        } else {
            forget(row, why);
        }
    }

    private void forget(Row row, @Nullable Problem why) {
        held.remove(row.hash());
        if (why != null) {
            synchronized (ended) {
                ended.put(row.hash(), why);
            }
        }
        Set<HttpSession> open = pages.remove(row.id());
        if (open != null) {
            for (HttpSession session : open) {
                try {
                    session.invalidate();
                } catch (IllegalStateException gone) {
                    // It had ended by itself.
                }
            }
        }
    }

    static Problem problem(String why) {
        return Problem.of(ProblemCode.SESSION_ENDED, "You are signed out.", why, "Sign in again.");
    }

    private static String words(Duration time) {
        return time.toMinutes() % 60 == 0 && time.toHours() > 0
                ? time.toHours() + (time.toHours() == 1 ? " hour" : " hours")
                : time.toMinutes() > 0 ? time.toMinutes() + " minutes" : time.toSeconds() + " seconds";
    }

    private static String shortened(String text) {
        return text.length() > TEXT_MOST ? text.substring(0, TEXT_MOST) : text;
    }
}
