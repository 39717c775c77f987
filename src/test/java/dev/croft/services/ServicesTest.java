package dev.croft.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.Services;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.DirectoryEntry;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.Exit;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.hostlink.HostCommand.LeftData;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.hostlink.HostCommand.OrderEdge;
import dev.croft.hostlink.HostCommand.OrderedUnit;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.StartOrder;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.services.Databases.Statement;
import dev.croft.services.Dependency.Kind;
import dev.croft.services.Dependency.Standing;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.ContentDisposition;

/** Databases, jobs, commands and files, as people ask for them. */
class ServicesTest {

    private static final AppName SHOP = new AppName("shop");

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void aBoxWithAnAppThatHasADatabase() {
        box.services().engine(postgresql(17, true));
        attic = console.enrol(box);
        DesiredStates desired = console.get(DesiredStates.class);
        console.asAnna(() -> {
            var settings = desired.draft(attic).host();
            desired.putSettings(
                    attic,
                    settings.withServices(Services.NONE.withPostgresql(new Postgresql(17, new TreeMap<>(), null))));
            desired.putApp(
                    attic,
                    SHOP,
                    Console.site("v1")
                            .withAttach(Attach.NOTHING
                                    .withPostgresql(new AppSpec.Postgresql(null, List.of()))
                                    .withRedis(AppSpec.Redis.DEFAULTS))
                            .withJobs(new TreeMap<>(java.util.Map.of(
                                    "tidy", new AppSpec.Job("daily", List.of("./tidy"), null, null)))));
            return end(console.get(Operations.class).apply(attic, Operations.Apply.ALL));
        });
    }

    private static EngineState postgresql(int major, boolean active) {
        return new EngineState(
                Engine.POSTGRESQL,
                major + ".6",
                major,
                active,
                "postgresql.service",
                "/var/lib/postgresql/" + major,
                1_000_000L,
                100,
                3,
                List.of(
                        new Database("shop", "croft-app-shop", 800_000, 2, SHOP),
                        new Database("old shop", "croft-app-old", 100_000, 0, null)),
                List.of(),
                null,
                new TreeMap<>(),
                List.of());
    }

    private static OrderedUnit unit(String unit, String kind, @Nullable AppName app, String active, String result) {
        return new OrderedUnit(unit, kind, app, "A " + kind, active, result, Instant.EPOCH);
    }

    private void order(String postgresql, String made) {
        box.services()
                .order(new StartOrder(
                        Instant.EPOCH,
                        List.of(
                                unit("croft-app-shop.service", "app", SHOP, "active", "success"),
                                unit("croft-postgresql-shop.service", "step", SHOP, made, "success"),
                                unit("redis-croft-shop.service", "server", SHOP, "inactive", "success"),
                                unit("postgresql.service", "server", null, postgresql, "success")),
                        List.of(
                                new OrderEdge("croft-app-shop.service", "croft-postgresql-shop.service", false),
                                new OrderEdge("croft-app-shop.service", "redis-croft-shop.service", false),
                                new OrderEdge("croft-app-shop.service", "postgresql.service", true),
                                new OrderEdge("croft-postgresql-shop.service", "postgresql.service", true))));
    }

    @Test
    void whatNoAppUsesIsDeletedByItsNameAlone() {
        AppName wiki = new AppName("wiki");
        box.services()
                .left(new LeftData(LeftKind.VOLUME, wiki, "uploads", "/x", 4096, 1, true, Instant.EPOCH, List.of(3)));
        Leftovers leftovers = console.get(Leftovers.class);

        assertThat(console.asAnna(() -> leftovers.list(attic)).data())
                .extracting(LeftData::name)
                .containsExactly("wiki/uploads");
        for (Supplier<?> wrong : List.<Supplier<?>>of(
                () -> leftovers.drop(attic, LeftKind.VOLUME, wiki, "uploads", "wiki"),
                () -> leftovers.drop(attic, LeftKind.VOLUME, wiki, null, "wiki"),
                () -> leftovers.drop(attic, LeftKind.VOLUME, wiki, "..", "wiki/.."),
                () -> leftovers.drop(attic, LeftKind.APP, wiki, "uploads", "wiki/uploads"))) {
            assertThat(refusedTo(wrong)).isEqualTo(ProblemCode.INVALID_INPUT);
        }
        assertThat(refusedTo(() -> leftovers.drop(attic, LeftKind.APP, SHOP, null, "shop")))
                .isEqualTo(ProblemCode.DATA_IN_USE);

        Freed freed = console.asAnna(() -> leftovers.drop(attic, LeftKind.VOLUME, wiki, "uploads", "wiki/uploads"));

        assertThat(freed.bytes()).isEqualTo(4096);
        assertThat(console.asAnna(() -> leftovers.list(attic)).data()).isEmpty();
    }

    private ProblemCode refusedTo(Supplier<?> use) {
        return catchThrowableOfType(ProblemException.class, () -> console.asAnna(use))
                .problem()
                .code();
    }

    @Test
    void tellsWhatAnAppStartsAfterAndWhatItCannotBeWithout() {
        order("failed", "inactive");

        List<Dependency> all = console.asAnna(() -> dependencies().of(attic));

        assertThat(all)
                .extracting(Dependency::label, Dependency::kind, Dependency::standing)
                .containsExactly(
                        tuple("PostgreSQL", Kind.SERVER, Standing.FAILED),
                        tuple("Redis of shop", Kind.SERVER, Standing.STOPPED),
                        tuple("PostgreSQL database of shop", Kind.STEP, Standing.DONE));
        assertThat(all.getFirst().falling()).containsExactly(SHOP);
        assertThat(all.getFirst().isDown()).isTrue();
        assertThat(all.get(1).falling()).isEmpty();
        assertThat(all.get(1).without()).containsExactly(SHOP);
        assertThat(all.get(2).after()).containsExactly("postgresql.service");
        assertThat(all.getFirst().apps().getFirst().standing()).isEqualTo(Standing.RUNS);
    }

    @Test
    void ofABoxThatDoesNotAnswerWhoHangsOnWhatIsKnownFromTheState() {
        box.cutLink();

        List<Dependency> all = console.asAnna(() -> dependencies().of(attic));

        assertThat(all)
                .extracting(Dependency::label, Dependency::standing)
                .containsExactly(tuple("PostgreSQL", Standing.UNKNOWN), tuple("Redis of shop", Standing.UNKNOWN));
        assertThat(all.getFirst().falling()).containsExactly(SHOP);
    }

    @Test
    void whatADraftAddsIsNotOnTheBoxYet() {
        order("active", "active");
        console.asAnna(() -> {
            DesiredStates desired = console.get(DesiredStates.class);
            var settings = desired.draft(attic).host();
            desired.putSettings(
                    attic,
                    settings.withServices(settings.services().withMysql(new Mysql(null, new TreeMap<>(), null))));
            return null;
        });

        assertThat(console.asAnna(() -> dependencies().of(attic)))
                .extracting(Dependency::label, Dependency::standing)
                .contains(tuple("PostgreSQL", Standing.RUNS), tuple("MariaDB", Standing.WANTED));
    }

    @Test
    void runsAStatementAsItWasAsked() {
        console.asAnna(() -> databases().run(attic, statement("SELECT 1", true)));

        assertThat(box.received()).contains(new RunSql(Engine.POSTGRESQL, "shop", "SELECT 1", true, 10, 5));
    }

    private static Statement statement(String text, boolean write) {
        return new Statement(Engine.POSTGRESQL, "shop", text, write, 10, 5);
    }

    @Test
    void dropsOnlyWhatIsNamedTwice() {
        assertThat(refusal(() -> databases().drop(attic, Engine.POSTGRESQL, "old shop", "oldshop"))
                        .why())
                .startsWith("confirm: ");
        assertThat(refusal(() -> databases().drop(attic, Engine.POSTGRESQL, "shop", "shop"))
                        .code())
                .isEqualTo(ProblemCode.DATABASE_IN_USE);

        console.asAnna(() -> databases().drop(attic, Engine.POSTGRESQL, "old shop", "old shop"));

        assertThat(console.asAnna(() -> databases().report(attic))
                        .engines()
                        .getFirst()
                        .databases())
                .extracting(Database::name)
                .containsExactly("shop");
    }

    @Test
    void anotherPasswordIsTheBoxesAffair() {
        assertThat(console.asAnna(() -> databases().renewPassword(attic, SHOP, Engine.POSTGRESQL))
                        .units())
                .containsExactly("croft-app-shop.service");

        assertThat(box.received()).contains(new HostCommand.RenewDatabasePassword(Engine.POSTGRESQL, SHOP));
    }

    @Test
    void anUpgradeRaisesTheMajorAndNothingElse() {
        console.asAnna(() -> {
            console.get(DesiredStates.class).putApp(attic, new AppName("blog"), Console.site("v1", 8081));
            return null;
        });

        Operation operation =
                console.asAnna(() -> end(databases().upgrade(attic, Engine.POSTGRESQL, 18, Confirming.DEFAULT)));

        assertThat(operation.kind()).isEqualTo(Operation.Kind.UPGRADE);
        assertThat(box.received())
                .filteredOn(HostCommand.Upgrade.class::isInstance)
                .singleElement()
                .satisfies(sent -> assertThat(((HostCommand.Upgrade) sent).state())
                        .contains("\"major\": 18", "\"shop\"")
                        .doesNotContain("\"blog\""));
        assertThat(refusal(() -> databases().upgrade(attic, Engine.POSTGRESQL, 17, Confirming.DEFAULT))
                        .why())
                .startsWith("major: ");
    }

    @Test
    void mariadbWithoutAVersionGetsOneAndIsUpgradedLikeAnyOther() {
        console.asAnna(() -> {
            DesiredStates desired = console.get(DesiredStates.class);
            var settings = desired.draft(attic).host();
            desired.putSettings(
                    attic,
                    settings.withServices(settings.services().withMysql(new Mysql(null, new TreeMap<>(), null))));
            return end(console.get(Operations.class).apply(attic, Operations.Apply.ALL));
        });

        Operation operation =
                console.asAnna(() -> end(databases().upgrade(attic, Engine.MYSQL, 1011, Confirming.DEFAULT)));

        assertThat(operation.title()).isEqualTo("Bring MariaDB to its own version 10.11");
        assertThat(box.received())
                .filteredOn(HostCommand.Upgrade.class::isInstance)
                .singleElement()
                .satisfies(sent -> assertThat(((HostCommand.Upgrade) sent).state())
                        .contains("\"version\": \"10.11\"", "\"major\": 17"));
        assertThat(refusal(() -> databases().upgrade(attic, Engine.MYSQL, 1006, Confirming.DEFAULT))
                        .why())
                .isEqualTo("major: MariaDB is at 10.11 already; an upgrade goes up only.");
        assertThat(refusal(() -> databases().upgrade(attic, Engine.MYSQL, 1203, Confirming.DEFAULT))
                        .why())
                .contains("services.mysql.version");
    }

    @Test
    void anUpgradeWaitsForTheDraftOfTheSettings() {
        DesiredStates desired = console.get(DesiredStates.class);
        console.asAnna(() -> {
            desired.putSettings(attic, desired.draft(attic).host().withTimezone("Europe/Paris"));
            return null;
        });

        assertThat(refusal(() -> databases().upgrade(attic, Engine.POSTGRESQL, 18, Confirming.DEFAULT))
                        .code())
                .isEqualTo(ProblemCode.CONFLICT);
    }

    @Test
    void startsAJobThatIsInForce() {
        box.services()
                .job(new JobState(SHOP, "tidy", "croft-job-shop-tidy.service", "inactive", null, null, List.of()));

        assertThat(console.asAnna(() -> jobs().run(attic, SHOP, "tidy")).history())
                .hasSize(1);
        assertThat(console.asAnna(() -> jobs().list(attic, SHOP)))
                .extracting(JobState::active)
                .containsExactly("activating");
        assertThat(refusal(() -> jobs().run(attic, SHOP, "other")).code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void aCommandTellsItsLinesThenHowItEnded() {
        List<String> lines = new CopyOnWriteArrayList<>();
        CompletableFuture<@Nullable Exit> exit = new CompletableFuture<>();
        box.services().commandsExitWith(3);

        console.asAnna(() -> jobs().execute(
                        attic,
                        SHOP,
                        List.of("./manage", "two words"),
                        60,
                        (HostReply.Line line) -> lines.add(line.text()),
                        exit::complete,
                        problem -> exit.complete(null)));

        assertThat(Await.until(() -> exit.getNow(null), ended -> ended != null).exitCode())
                .isEqualTo(3);
        assertThat(lines).containsExactly("./manage", "two words");
    }

    @Test
    void closingEndsTheCommand() {
        CompletableFuture<Problem> ended = new CompletableFuture<>();
        try (var running = console.asAnna(
                () -> jobs().execute(attic, SHOP, List.of("wait"), 60, line -> {}, exit -> {}, ended::complete))) {
            assertThat(running).isNotNull();
        }

        assertThat(Await.until(() -> ended.getNow(null), problem -> problem != null))
                .isNotNull();
    }

    @Test
    void copiesAFileChunkByChunk() {
        byte[] content = new byte[1_300_000];
        new Random(1).nextBytes(content);
        box.services().file(SHOP, "storage/media/film", content);
        ByteArrayOutputStream copy = new ByteArrayOutputStream();

        console.asAnna(() -> storage().read(attic, SHOP, "storage/media/film", copy));

        assertThat(Arrays.equals(copy.toByteArray(), content)).isTrue();
        assertThat(console.asAnna(() -> storage().browse(attic, SHOP, "storage"))
                        .entries())
                .extracting(DirectoryEntry::name, DirectoryEntry::type)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("media", "directory"));
    }

    /** What an app stored may be called, and be, anything: a browser keeps it under a name and never shows it as a page. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "uploads/page.html",
                "uploads/a \"quoted\"; filename=evil.exe",
                "uploads/Rechnung für Åsa.pdf",
                "uploads/line\nSet-Cookie: x=1",
                "uploads/%0d%0aX-Evil: 1"
            })
    void aFileIsAnAttachmentWhoseNameCannotEndTheHeader(String path) {
        box.services().file(SHOP, path, "<script>alert(1)</script>".getBytes(StandardCharsets.UTF_8));
        String token = console.asAnna(
                        () -> console.get(Tokens.class).create("files", Role.OPERATOR, Scope.EVERYWHERE, null))
                .secret()
                .reveal();

        Http.Answer answer = Http.anonymous(console.port())
                .with(token)
                .get("/api/v1/hosts/" + attic.value() + "/apps/shop/files/content?path="
                        + URLEncoder.encode(path, StandardCharsets.UTF_8));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("<script>alert(1)</script>");
        assertThat(answer.header("Content-Type")).hasValue("application/octet-stream");
        assertThat(answer.header("X-Evil")).isEmpty();
        assertThat(answer.header("Set-Cookie")).isEmpty();
        String disposition = answer.header("Content-Disposition").orElseThrow();
        assertThat(disposition).startsWith("attachment; ").matches("[\\x20-\\x7e]+");
        assertThat(ContentDisposition.parse(disposition).getFilename())
                .isEqualTo(path.substring(path.lastIndexOf('/') + 1));
    }

    @Test
    void aReaderThatLeftEndsTheTransfer() {
        box.services().file(SHOP, "film", new byte[2_000_000]);
        OutputStream left = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        };

        assertThat(refusal(() -> storage().read(attic, SHOP, "film", left)).code())
                .isEqualTo(ProblemCode.CANCELLED);
    }

    @Test
    void refusesWhatIsOutOfBoundsWithoutAskingTheBox() {
        int before = asked();

        assertThat(Stream.<Callable<?>>of(
                                () -> databases().run(attic, statement(" ", false)),
                                () -> databases().run(attic, statement("x".repeat(65_537), false)),
                                () -> databases().run(attic, new Statement(Engine.MYSQL, "", "SELECT 1", false, 10, 5)),
                                () -> databases()
                                        .run(attic, new Statement(Engine.MYSQL, "shop", "SELECT 1", false, 0, 5)),
                                () -> databases()
                                        .run(attic, new Statement(Engine.MYSQL, "shop", "SELECT 1", false, 1, 61)),
                                () -> databases().dropCluster(attic, Engine.POSTGRESQL, 0),
                                () -> jobs().execute(attic, SHOP, List.of(), 60, l -> {}, e -> {}, p -> {}),
                                () -> jobs().execute(attic, SHOP, List.of("a\0b"), 60, l -> {}, e -> {}, p -> {}),
                                () -> jobs().execute(attic, SHOP, List.of("a"), 3601, l -> {}, e -> {}, p -> {}),
                                () -> storage().browse(attic, SHOP, "../other"),
                                () -> storage().browse(attic, SHOP, "/etc"),
                                () -> storage().read(attic, SHOP, "", new ByteArrayOutputStream()),
                                () -> storage().read(attic, SHOP, "a//b", new ByteArrayOutputStream()))
                        .map(this::refusal)
                        .map(Problem::code))
                .containsOnly(ProblemCode.INVALID_INPUT);
        assertThat(refusal(() -> storage().browse(attic, new AppName("nobody"), ""))
                        .code())
                .isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(asked()).isEqualTo(before);
    }

    /** How many requests of these use cases the box got; the heartbeat asks it as well. */
    private int asked() {
        return (int) box.received().stream()
                .filter(HostCommand.ServiceCommand.class::isInstance)
                .count();
    }

    private Problem refusal(Callable<?> useCase) {
        ProblemException refused = catchThrowableOfType(
                ProblemException.class,
                () -> console.asAnna(() -> {
                    try {
                        return useCase.call();
                    } catch (RuntimeException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }));
        assertThat(refused).as("nothing was refused").isNotNull();
        return refused.problem();
    }

    private Operation end(Operation started) {
        Operations operations = console.get(Operations.class);
        Operation ended = Await.until(
                () -> console.asAnna(() -> operations.get(started.id())),
                now -> now.state().isFinal());
        assertThat(ended.state()).as("%s", ended.problem()).isEqualTo(OperationState.SUCCEEDED);
        return ended;
    }

    private Dependencies dependencies() {
        return console.get(Dependencies.class);
    }

    private Databases databases() {
        return console.get(Databases.class);
    }

    private Jobs jobs() {
        return console.get(Jobs.class);
    }

    private Storage storage() {
        return console.get(Storage.class);
    }
}
