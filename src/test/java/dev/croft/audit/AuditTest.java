package dev.croft.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.access.Grants;
import dev.croft.access.People;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.apps.Apps;
import dev.croft.audit.Audit.Filter;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.services.Jobs;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.Http;
import dev.croft.support.Http.Answer;
import dev.croft.support.TestDatabase;
import dev.croft.support.Visitor;
import dev.croft.vault.Secrets;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.access.AccessDeniedException;

/** What leaves a row, what the row says, and that nobody changes one unnoticed: edits are made in raw SQL, past the database's refusal. */
@Tag("stores")
class AuditTest {

    private static final AppName BLOG = new AppName("blog");

    @TempDir
    private static Path data;

    private static Console console;
    private HostName attic;

    @BeforeAll
    static void start() {
        console = Console.start(data);
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    @BeforeEach
    void aBoxAndAWholeChain() {
        attic = console.enrol(Console.newBox());
        assertThat(verify().faults()).isEmpty();
    }

    // ---- what leaves a row

    @Test
    void aChangeSaysWhoWhatAndWhatItChanged() {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("main")));
        Operation applied =
                ended(console.asAnna(() -> console.get(Operations.class).apply(attic, Operations.Apply.ALL)));

        assertThat(newest(Filter.ALL, "Apps.putDraft").edits())
                .singleElement()
                .asString()
                .startsWith("blog: ");
        AuditEntry asked = newest(Filter.ALL, "Operations.apply");
        assertThat(asked.who()).isEqualTo("anna");
        assertThat(asked.host()).isEqualTo(attic);
        assertThat(asked.operation()).isEqualTo(applied.id().value());
        assertThat(asked.outcome()).isEqualTo("done");
        assertThat(asked.edits()).singleElement().asString().startsWith("blog: ");
        assertThat(asked.phrases()).singleElement().satisfies(said -> {
            assertThat(said.key()).isEqualTo("{0}: {1}");
            assertThat(said.values().getLast())
                    .isInstanceOfSatisfying(
                            Phrase.class, edit -> assertThat(edit.key()).startsWith("new app from {0}, built as {1}"));
        });
        AuditEntry ended = Await.until(() -> list(filter("operation", attic)), rows -> !rows.isEmpty())
                .getFirst();
        assertThat(ended.outcome()).isEqualTo("SUCCEEDED");
        assertThat(ended.operation()).isEqualTo(applied.id().value());
        assertThat(ended.closureAfter()).startsWith("/nix/store/");

        ended(console.asAnna(() -> console.get(Operations.class).rollBack(attic, Operations.RollBack.to(1))));
        AuditEntry back = Await.until(() -> list(filter("operation", attic)), rows -> rows.size() == 2)
                .getFirst();
        assertThat(back.closureBefore()).isEqualTo(ended.closureAfter());
    }

    @Test
    void aChangeOfVeryManyWordsLeavesARowToo() {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, withQuotes(80)));
        ended(console.asAnna(() -> console.get(Operations.class).apply(attic, Operations.Apply.ALL)));

        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, withQuotes(79)));

        List<String> edits = newest(Filter.ALL, "Apps.putDraft").edits();
        assertThat(edits).hasSizeGreaterThan(10);
        assertThat(edits.getLast()).matches("and \\d+ more");
    }

    private static AppSpec withQuotes(int many) {
        AppSpec site = Console.site("main");
        Map<String, String> env = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            env.put("E" + i, "\"".repeat(many));
        }
        return site.withRun(new AppSpec.Run(List.of(), 8080, env));
    }

    @Test
    void anEndThatWasNotToldBeforeTheProcessWasKilledIsWrittenByTheNextOne() throws IOException {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("main")));
        Operation ended =
                ended(console.asAnna(() -> console.get(Operations.class).apply(attic, Operations.Apply.ALL)));
        Await.until(() -> list(filter("operation", attic)), rows -> !rows.isEmpty());
        String killed = "01killed" + ended.id().value().substring(8);
        sql("create table op as select * from operations_operation where id = '" + ended.id() + "'");
        sql("update op set id = '" + killed + "', told = false");
        sql("insert into operations_operation select * from op");
        sql("drop table op");
        sql("update operations_operation set told = false where id = '" + ended.id() + "'");

        console.close();
        console = Console.start(data);

        List<AuditEntry> ends = Await.until(() -> list(filter("operation", attic)), rows -> rows.size() > 1);
        assertThat(ends)
                .extracting(AuditEntry::operation)
                .containsExactly(killed, ended.id().value());
        assertThat(verify().faults()).isEmpty();
    }

    @Test
    void whatWasRefusedOrFailedIsThereToo() {
        Operations operations = console.get(Operations.class);
        assertThatThrownBy(() -> console.as(Role.VIEWER, () -> operations.apply(attic, Operations.Apply.ALL)))
                .isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> console.asAnna(() -> operations.remove(attic, new AppName("ghost"))))
                .isInstanceOf(ProblemException.class);

        assertThat(newest(Filter.ALL, "Operations.apply").outcome()).isEqualTo("refused");
        assertThat(newest(Filter.ALL, "Operations.remove").outcome()).isEqualTo("NOT_FOUND");
    }

    @Test
    void readingLeavesNothingButRevealingDoes() {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("main")));
        console.asAnna(() -> console.get(Secrets.class)
                .set(attic, SecretOwner.of(BLOG), "API_KEY", SecretBytes.of(SecretText.of("hunter2-hunter2")), false));
        int before = list(Filter.ALL).size();

        console.asAnna(() -> console.get(Apps.class).list(attic));
        console.asAnna(() -> console.get(Secrets.class).list(attic));
        console.asAnna(() -> console.get(DesiredStates.class).draft(attic));
        assertThat(list(Filter.ALL)).hasSize(before);

        console.asAnna(() -> console.get(Secrets.class).reveal(attic, SecretOwner.of(BLOG), "API_KEY"));
        assertThat(newest(Filter.ALL, "Secrets.reveal").object()).isEqualTo("secret API_KEY");
        assertThat(list(Filter.ALL).toString()).doesNotContain("hunter2", Console.PASSWORD.reveal());
    }

    @Test
    void aSignInIsThereWhetherItSucceedsOrNot() throws Exception {
        signIn("mallory", "not the password");
        signIn("anna", Console.PASSWORD.reveal());

        AuditEntry failed = list(new Filter("mallory", "sign-in", null, null, null, null, null))
                .getFirst();
        assertThat(failed.outcome()).isEqualTo("SIGN_IN_FAILED");
        assertThat(failed.address()).isEqualTo("127.0.0.1");
        AuditEntry done = list(new Filter("anna", "sign-in", null, null, null, null, null))
                .getFirst();
        assertThat(done.outcome()).isEqualTo("done");
        assertThat(done.session()).startsWith("browser:");
        assertThat(done.object()).isEqualTo("by password");
    }

    @Test
    void whoCameFirstAndHowIsThereToo() {
        AuditEntry first = newest(Filter.ALL, "Accounts.createFirstAdministrator");
        assertThat(first.who()).isEqualTo("anna");
        assertThat(first.object()).isEqualTo("by the claim");

        People people = console.get(People.class);
        People.Invitation ida =
                console.asAnna(() -> people.invite("ida", "ida@attic.example", Grants.everywhere(Role.VIEWER)));
        people.accept(ida.link(), SecretText.of("the words of ida here"));
        assertThat(newest(Filter.ALL, "People.accept").who()).isEqualTo("ida");
    }

    @Test
    void aSignInThatFailsOtherwiseThanByThePasswordIsThereToo() {
        new Visitor(console.port()).post("/login/code", Map.of("code", "123456"));
        assertThat(newest(Filter.ALL, "sign-in").object()).isEqualTo("by password and code");
        assertThat(newest(Filter.ALL, "sign-in").outcome()).isEqualTo("SIGN_IN_FAILED");

        new Visitor(console.port()).get("/login/oauth2/code/nowhere?code=x&state=y");
        assertThat(newest(Filter.ALL, "sign-in").object()).isEqualTo("by provider nowhere");
        assertThat(newest(Filter.ALL, "sign-in").outcome()).isEqualTo("SIGN_IN_REFUSED");
    }

    @Test
    void whatWasRunIsThereWithoutTheValuesInIt() {
        Databases databases = console.get(Databases.class);
        ask(() -> databases.run(
                attic,
                new Databases.Statement(
                        Engine.POSTGRESQL,
                        "blog",
                        "ALTER ROLE \"blog\"\n PASSWORD 'hunter''2' VALID UNTIL 'x'",
                        true,
                        10,
                        5)));
        assertThat(newest(Filter.ALL, "Databases.run").object())
                .isEqualTo("statement in blog, writing: ALTER ROLE \"blog\" PASSWORD '…'");

        ask(() -> databases.run(
                attic,
                new Databases.Statement(Engine.MYSQL, "blog", "SET PASSWORD = \"hunter2\", x = 1", true, 10, 5)));
        assertThat(newest(Filter.ALL, "Databases.run").object())
                .isEqualTo("statement in blog, writing: SET PASSWORD = '…', x = 1");

        ask(() -> console.get(Jobs.class)
                .execute(
                        attic,
                        BLOG,
                        List.of(
                                "app",
                                "--token",
                                "hunter2",
                                "API_KEY=hunter2",
                                "--db-password=hunter2",
                                "postgres://app:hunter2@db/app",
                                "users\nall"),
                        5,
                        line -> {},
                        exit -> {},
                        problem -> {}));
        assertThat(newest(Filter.ALL, "Jobs.execute").object())
                .isEqualTo(
                        "command [app, --token, …, API_KEY=…, --db-password=…, postgres://…@db/app, users all], timeoutSeconds 5");

        ask(() -> databases.run(
                attic, new Databases.Statement(Engine.POSTGRESQL, "blog", "SELECT " + "1,".repeat(900), false, 10, 5)));
        assertThat(newest(Filter.ALL, "Databases.run").object())
                .hasSizeLessThan(600)
                .endsWith(" …");
    }

    /** What comes of it is the business of other tests. */
    private static void ask(Runnable call) {
        console.asAnna(() -> {
            try {
                call.run();
            } catch (ProblemException unknownToTheBox) {
                // It was asked.
            }
            return null;
        });
    }

    // ---- the door

    @Test
    void theApiGivesItPageByPageAndAsCsv() {
        Http anna = Http.anonymous(console.port()).with(token(Role.ADMIN));
        Http operator = Http.anonymous(console.port()).with(token(Role.OPERATOR));
        token(Role.VIEWER);

        Answer first = anna.get("/api/v1/audit?verb=Tokens.create&limit=2");
        assertThat(first.json().size()).isEqualTo(2);
        String next = first.header("Link").orElseThrow();
        String path = next.substring(1, next.indexOf('>'));
        assertThat(anna.get(path).json().path(0).path("sequence").asLong())
                .isLessThan(first.json().path(1).path("sequence").asLong());
        assertThat(anna.get("/api/v1/audit/export").text())
                .startsWith("sequence,at,who,")
                .contains("Tokens.create");
        assertThat(anna.get("/api/v1/audit/export?format=json").json().isArray())
                .isTrue();
        assertThat(anna.get("/api/v1/audit/verification").json().path("whole").asBoolean())
                .isTrue();
        for (String door : List.of("", "/export", "/verification")) {
            assertThat(operator.get("/api/v1/audit" + door).status()).as(door).isEqualTo(403);
        }
    }

    /** Rows of several consoles, and of logs, are held beside each other. */
    @Test
    void timesAreThoseOfUtc() {
        Http anna = Http.anonymous(console.port()).with(token(Role.ADMIN));

        Instant now = Instant.now(java.time.Clock.systemUTC());
        String at = anna.get("/api/v1/audit?limit=1").json().path(0).path("at").asString();
        String line = anna.get("/api/v1/audit/export")
                .text()
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow();

        assertThat(at).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");
        assertThat(Instant.parse(at)).isBetween(now.minusSeconds(60), now.plusSeconds(60));
        assertThat(line).containsPattern(",\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z,");
    }

    @Test
    void aNameThatASpreadsheetWouldComputeStaysText() throws IOException {
        StringBuilder out = new StringBuilder();
        AuditEntry named = list(Filter.ALL).getFirst();
        AuditEntry hostile = new AuditEntry(
                1,
                named.at(),
                "=HYPERLINK(\"x\")",
                "",
                "",
                "sign-in",
                null,
                null,
                null,
                "",
                List.of(),
                List.of(),
                null,
                null,
                null,
                "done",
                "");

        AuditCsv.write(out, rows -> rows.accept(hostile));

        assertThat(out).contains("\"'=HYPERLINK(\"\"x\"\")\"");
    }

    // ---- the chain

    /** The seal is on the English words; what a page translates may say nothing else. */
    @Test
    void aPhraseThatSaysSomethingElseThanWhatIsSealedIsNotShown() {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("main")));
        AuditEntry row = newest(Filter.ALL, "Apps.putDraft");

        for (String column : List.of(
                "null", "'[[\"nothing was changed\"]]'", "'[]'", "'[[\"{0}\"]]'", "'{'", "'[[\"{\", 1]]'", "'7'")) {
            unlock();
            try {
                sql("update audit_entry set phrases = " + column + " where seq = " + row.sequence());
            } finally {
                lock();
            }
            assertThat(newest(Filter.ALL, "Apps.putDraft").phrases())
                    .as(column)
                    .extracting(Phrase::english)
                    .isEqualTo(row.edits());
        }
        assertThat(verify().faults()).isEmpty();
    }

    @Test
    void theDatabaseRefusesToChangeOrDeleteARow() {
        assertThatThrownBy(() -> sql("update audit_entry set who = 'bob'")).hasStackTraceContaining("append-only");
        assertThatThrownBy(() -> sql("delete from audit_entry")).hasStackTraceContaining("append-only");
    }

    @Test
    void rowsThatAreAddedAtTheSameTimeMakeOneChain() throws Exception {
        List<Callable<String>> many = Collections.nCopies(20, () -> token(Role.VIEWER));
        try (var threads = Executors.newFixedThreadPool(8)) {
            threads.invokeAll(many);
        }

        assertThat(verify().faults()).isEmpty();
    }

    @Test
    void anEditedRowIsFound() throws IOException {
        long row = tampered(() -> {
            long newest = verify().entries();
            sql("update audit_entry set who = 'somebody else' where seq = " + (newest - 1));
            return newest - 1;
        });

        assertThat(row).isPositive();
    }

    @Test
    void aDeletedRowIsFound() throws IOException {
        tampered(() -> {
            long row = verify().entries() - 1;
            sql("delete from audit_entry where seq = " + row);
            return row;
        });
    }

    @Test
    void theNewestRowsAreMissedAlsoWhenOthersCameAfterThem() throws IOException {
        tampered(() -> {
            long newest = verify().entries();
            sql("delete from audit_entry where seq >= " + (newest - 1));
            assertThat(verify().faults()).singleElement().asString().contains((newest - 1) + " to " + newest);
            token(Role.VIEWER);
            return newest - 1;
        });
    }

    /** Whoever can write the database can seal all rows anew, and one more; what was noted of the true ones tells. */
    @Test
    void aChainThatIsNotTheNotedOneIsFoundAlsoWhenItIsLonger() throws IOException {
        token(Role.VIEWER);
        Path head = data.resolve("audit.head");
        byte[] noted = Files.readAllBytes(head);
        long row = verify().entries() - 1;
        Files.writeString(head, row + " " + "a".repeat(64) + "\n");

        assertThat(verify().faults()).containsExactly("Row " + row + " is not the one that audit.head names.");

        Files.write(head, noted);
    }

    @Test
    void aMissingNoteBesideTheDatabaseIsSaid() throws IOException {
        Path head = data.resolve("audit.head");
        byte[] noted = Files.readAllBytes(head);
        Files.delete(head);

        assertThat(verify().faults()).singleElement().asString().contains("audit.head");

        Files.write(head, noted);
    }

    /** Does it past the triggers, looks that it is found, and puts everything back as it was. */
    private long tampered(Callable<Long> edit) throws IOException {
        token(Role.VIEWER);
        token(Role.VIEWER);
        token(Role.VIEWER);
        byte[] noted = Files.readAllBytes(data.resolve("audit.head"));
        unlock();
        sql("create table audit_before as select * from audit_entry");
        try {
            long row = edit.call();
            assertThat(verify().faults()).isNotEmpty().first().asString().contains(String.valueOf(row));
            return row;
        } catch (RuntimeException | IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            sql("delete from audit_entry");
            sql("insert into audit_entry select * from audit_before");
            sql("drop table audit_before");
            lock();
            Files.write(data.resolve("audit.head"), noted);
        }
    }

    // ---- helpers

    /** What whoever owns the database can do. */
    private static void unlock() {
        if (TestDatabase.isPostgresql()) {
            sql("alter table audit_entry disable trigger user");
        } else {
            sql("drop trigger audit_entry_not_changed");
            sql("drop trigger audit_entry_not_deleted");
        }
    }

    private static void lock() {
        if (TestDatabase.isPostgresql()) {
            sql("alter table audit_entry enable trigger user");
        } else {
            sql("create trigger audit_entry_not_changed before update on audit_entry for each row"
                    + " call 'dev.croft.audit.internal.AppendOnly'");
            sql("create trigger audit_entry_not_deleted before delete on audit_entry for each row"
                    + " call 'dev.croft.audit.internal.AppendOnly'");
        }
    }

    private static void sql(String statement) {
        console.get(JdbcClient.class).sql(statement).update();
    }

    private static Audit.Verification verify() {
        return console.asAnna(() -> console.get(Audit.class).verify());
    }

    private static List<AuditEntry> list(Filter filter) {
        return console.asAnna(() -> console.get(Audit.class).list(filter, null, Audit.MOST));
    }

    private static Filter filter(String verb, HostName host) {
        return new Filter(null, verb, host, null, null, null, null);
    }

    private static AuditEntry newest(Filter filter, String verb) {
        return list(new Filter(null, verb, filter.host(), null, null, null, null))
                .getFirst();
    }

    private static Operation ended(Operation asked) {
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(asked.id())),
                operation -> operation.state().isFinal());
    }

    private static String token(Role role) {
        return console.asAnna(() -> console.get(Tokens.class).create("x", role, Scope.EVERYWHERE, null))
                .secret()
                .reveal();
    }

    private static void signIn(String name, String password) throws IOException, InterruptedException {
        HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + "/login"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "username=" + name + "&password=" + password.replace(" ", "+")))
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
    }
}
