package dev.croft.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.ActingAs;
import dev.croft.access.Grants;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.hostlink.Measurement;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.Telemetry.Series;
import dev.croft.telemetry.Telemetry.Value;
import dev.croft.telemetry.Telemetry.Window;
import dev.croft.telemetry.internal.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The console's one subscription of a box, on a clock that only the test moves. */
class TelemetryTest {

    private static final Instant START = Instant.parse("2026-11-21T06:00:00Z");
    private static final Measurement.Unit SHOP = new Measurement.Unit(7, "croft-app-shop.service");

    /** Starting takes seconds: the tests share a console, each with a box of its own, and with it the clock. */
    @TempDir
    private static Path data;

    private static MutableClock clock;
    private static Console console;

    private FakeBox box;
    private HostName attic;
    private long second = 1000;

    @BeforeAll
    static void start() {
        clock = new MutableClock(START);
        console = started(data.resolve("shared"));
    }

    private static Console started(Path directory) {
        return Console.start(
                directory,
                clock,
                "--croft.telemetry.interval=1s",
                "--croft.telemetry.retry-first=10ms",
                "--croft.telemetry.retry-most=50ms");
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    @BeforeEach
    void meetABox() {
        box = new FakeBox(clock);
        attic = console.enrol(box);
        Await.until(box::measurers, count -> count == 1);
    }

    private Window window(Query query) {
        return console.asAnna(() -> console.get(Telemetry.class).window(attic, null, query));
    }

    private static List<@Nullable Double> known(Window window, Metric metric) {
        return window.series().stream()
                .filter(series -> series.metric() == metric)
                .map(Series::values)
                .findFirst()
                .orElse(List.of())
                .stream()
                .filter(Objects::nonNull)
                .toList();
    }

    /** A second later the box has been busy for so many microseconds. */
    private void pass(boolean whole, long busy) {
        clock.advance(Duration.ofSeconds(1));
        second++;
        box.measure(Samples.of(
                second,
                whole,
                busy,
                0,
                whole ? List.of(SHOP) : List.of(),
                List.of(),
                List.of(Samples.unit(7, busy / 2, 64L))));
        Await.until(() -> window(Query.LAST_HOUR).measuredAt(), clock.instant()::equals);
    }

    @Test
    void whatTheBoxUsesIsThereForWhoeverLooks() {
        pass(true, 0);
        pass(false, 500_000);
        pass(false, 1_500_000);

        Window found = window(
                new Query(null, clock.instant().minusSeconds(9), clock.instant().plusSeconds(1), null));

        assertThat(found.step()).isEqualTo(Duration.ofSeconds(1));
        assertThat(found.from()).isEqualTo(clock.instant().minusSeconds(9));
        assertThat(found.units()).containsExactly(SHOP.name());
        assertThat(found.gaps()).containsKey("units.io");
        assertThat(found.problem()).isNull();
        assertThat(found.series())
                .filteredOn(series -> series.metric() == Metric.CPU)
                .singleElement()
                .satisfies(series -> assertThat(series.values())
                        .containsExactly(null, null, null, null, null, null, null, null, 0.5, 1.0));
        Window shop = console.asAnna(() ->
                console.get(Telemetry.class).window(attic, new AppName("shop"), new Query(null, null, null, null)));
        // Five seconds are a step of an hour that is to be shown.
        assertThat(known(
                        window(new Query(SHOP.name(), null, clock.instant().plusSeconds(1), Duration.ofSeconds(1))),
                        Metric.CPU))
                .containsExactly(0.25, 0.5);
        assertThat(shop.step()).isEqualTo(Duration.ofSeconds(5));
        assertThat(shop.units()).isEmpty();
    }

    private String scraped(Operator who, @Nullable String accept) {
        Exposition.Page page = console.get(ActingAs.class)
                .call(who, () -> console.get(Exposition.class).scrape(accept));
        return page.contentType() + "\n" + new String(page.body(), StandardCharsets.UTF_8);
    }

    private static Operator viewer(Scope scope) {
        return new Operator("vera", "vera@example.org", Grants.of(Role.VIEWER, scope));
    }

    @Test
    void prometheusGetsTheNewestValuesOfWhatItsTokenMaySee() {
        pass(true, 0);
        pass(false, 500_000);
        pass(false, 1_500_000);
        String host = "croft_host_cpu_cores{host=\"" + attic + "\"} 1.0\n";
        String unit = "croft_unit_cpu_cores{host=\"" + attic + "\",unit=\"croft-app-shop.service\"} 0.5\n";

        assertThat(scraped(viewer(Scope.EVERYWHERE), null))
                .startsWith("text/plain; version=0.0.4")
                .contains(
                        "# TYPE croft_host_cpu_cores gauge\n",
                        host,
                        unit,
                        "croft_host_up{host=\"" + attic + "\"} 1.0\n")
                .contains("jvm_memory_used_bytes{");
        assertThat(scraped(viewer(Scope.EVERYWHERE), "application/openmetrics-text; version=1.0.0"))
                .startsWith("application/openmetrics-text")
                .endsWith("# EOF\n");
        assertThat(scraped(viewer(Scope.of(attic)), null)).contains(host, unit).doesNotContain("jvm_");
        assertThat(scraped(viewer(Scope.of(attic, new AppName("shop"))), null))
                .contains(unit)
                .doesNotContain("croft_host_", "jvm_");
        assertThat(scraped(viewer(Scope.of(attic, new AppName("blog"))), null)).doesNotContain("croft_");

        box.cutLink();
        Await.until(() -> window(Query.LAST_HOUR).problem(), Objects::nonNull);
        assertThat(scraped(viewer(Scope.EVERYWHERE), null)).contains("croft_host_up{host=\"" + attic + "\"} 0.0\n");
        clock.advance(Duration.ofSeconds(10));
        second += 10;
        assertThat(scraped(viewer(Scope.EVERYWHERE), null)).doesNotContain("croft_host_cpu_cores{host=\"" + attic);
    }

    @Test
    void manyWhoLookAreOneSubscription() {
        pass(true, 0);

        for (int i = 0; i < 50; i++) {
            window(Query.LAST_HOUR);
        }

        assertThat(box.measurers()).isEqualTo(1);
    }

    @Test
    void aLinkThatBreaksIsAGapAndTheSubscriptionBeginsAnew() {
        pass(true, 0);
        pass(false, 500_000);
        box.cutLink();
        Await.until(() -> window(Query.LAST_HOUR).problem(), Objects::nonNull);
        assertThat(window(Query.LAST_HOUR).problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        clock.advance(Duration.ofSeconds(20));
        second += 20;

        box.mendLink();
        Await.until(box::measurers, count -> count == 1);
        pass(true, 30_000_000);
        pass(false, 30_250_000);

        Window found = window(new Query(null, null, clock.instant().plusSeconds(1), Duration.ofSeconds(1)));
        assertThat(found.problem()).isNull();
        assertThat(known(found, Metric.CPU))
                .as("nothing of the time in between")
                .containsExactly(0.5, 0.25);
        assertThat(box.measurers()).isEqualTo(1);
    }

    @Test
    void aConsoleThatEndsLetsGoOfTheBox() {
        FakeBox other = new FakeBox(clock);
        try (Console ending = started(data.resolve("ending"))) {
            ending.enrol(other);
            Await.until(other::measurers, count -> count == 1);
        }

        Await.until(other::measurers, count -> count == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "-10, -20,   , from",
        "-31622401, 0, , from",
        "0, 0,       , from",
        "-60, 0, 0   , step",
        "-60, 0, 31622401, step",
        "-31622400, 0, 3599, step",
        "-60, 0, -1  , step"
    })
    void aWindowThatIsNotKeptIsRefused(int from, int to, @Nullable Integer step, String field) {
        Query query = new Query(
                null, START.plusSeconds(from), START.plusSeconds(to), step == null ? null : Duration.ofSeconds(step));

        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> window(query));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT);
        assertThat(refused.problem().why()).startsWith(field + ":");
    }

    @Test
    void aWindowOfAnotherTimeIsEmpty() {
        pass(true, 0);
        pass(false, 500_000);

        Window found = window(new Query(null, START.minusSeconds(900_000), START.minusSeconds(899_000), null));

        assertThat(known(found, Metric.CPU)).isEmpty();
    }

    @Test
    void whatWasMeasuredOutlivesTheConsole() {
        Path directory = data.resolve("outliving");
        FakeBox cellar = new FakeBox(clock);
        HostName name;
        try (Console first = started(directory)) {
            name = first.enrol(cellar);
            Await.until(cellar::measurers, count -> count == 1);
            cellar.measure(Samples.of(10, true, 0, 0, List.of(SHOP), List.of(), List.of(Samples.unit(7, 0L, 64L))));
            awaitMeasured(first, name);
            clock.advance(Duration.ofSeconds(1));
            cellar.measure(
                    Samples.of(11, false, 500_000, 0, List.of(), List.of(), List.of(Samples.unit(7, 250_000L, 64L))));
            awaitMeasured(first, name);
        }
        Instant measured = clock.instant();
        clock.advance(Duration.ofSeconds(30));

        try (Console second = started(directory)) {
            Query fine = new Query(null, measured, measured.plusSeconds(1), Duration.ofSeconds(1));
            Window box = second.asAnna(() -> second.get(Telemetry.class).window(name, null, fine));
            Window shop = second.asAnna(() -> second.get(Telemetry.class).window(name, new AppName("shop"), fine));

            assertThat(known(box, Metric.CPU)).containsExactly(0.5);
            assertThat(known(shop, Metric.CPU)).containsExactly(0.25);
            assertThat(box.units()).containsExactly(SHOP.name());
            assertThat(box.kept().notes()).isEmpty();
            assertThat(box.kept().taken().toBytes())
                    .isPositive()
                    .isLessThan(box.kept().limit().toBytes());
        }
    }

    private static void awaitMeasured(Console console, HostName name) {
        Await.until(
                () -> console.asAnna(() -> console.get(Telemetry.class)
                        .window(name, null, Query.LAST_HOUR)
                        .measuredAt()),
                clock.instant()::equals);
    }

    @Test
    void onlyWhatIsAskedForIsRead() {
        pass(true, 0);

        Window found = window(new Query(null, null, null, null, Set.of(Metric.MEMORY)));

        assertThat(found.series())
                .singleElement()
                .satisfies(series -> assertThat(series.metric()).isEqualTo(Metric.MEMORY));
    }

    @Test
    void whoFollowsIsGivenWhatIsMeasuredFromThenOn() throws Exception {
        pass(true, 0);
        BlockingQueue<Reading> readings = new LinkedBlockingQueue<>();
        try (Subscription following = console.asAnna(
                () -> console.get(Telemetry.class).follow(attic, new AppName("shop"), null, readings::add))) {
            pass(false, 500_000);

            Reading reading = readings.poll(20, TimeUnit.SECONDS);
            assertThat(reading.at()).isEqualTo(clock.instant());
            assertThat(reading.values()).contains(new Value(Metric.CPU, null, 0.25));
            assertThat(reading.values()).noneMatch(value -> value.metric() == Metric.LOAD_1);
            assertThat(reading.skipped()).isZero();

            box.cutLink();
            assertThat(readings.poll(20, TimeUnit.SECONDS).problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        }
        box.mendLink();
    }

    /** Nothing is gathered for somebody who does not take it. */
    @Test
    void whoIsSlowIsGivenTheNewestAndToldHowManyWereSkipped() throws Exception {
        pass(true, 0);
        BlockingQueue<Reading> readings = new LinkedBlockingQueue<>();
        var busy = new Semaphore(0);
        try (Subscription following =
                console.asAnna(() -> console.get(Telemetry.class).follow(attic, null, null, reading -> {
                    readings.add(reading);
                    busy.acquireUninterruptibly();
                }))) {
            pass(false, 100_000);
            assertThat(readings.poll(20, TimeUnit.SECONDS).skipped()).isZero();
            for (int i = 2; i <= 6; i++) {
                pass(false, i * 100_000L);
            }
            busy.release(100);

            Reading next = readings.poll(20, TimeUnit.SECONDS);
            assertThat(next.at()).isEqualTo(clock.instant());
            assertThat(next.skipped()).isEqualTo(4);
        }
    }

    @Test
    void theApiGivesTheHistoryAndStreamsWhatIsAskedFor() throws Exception {
        pass(true, 0);
        String token = console.asAnna(() -> console.get(Tokens.class)
                .create("metrics", Role.VIEWER, Scope.EVERYWHERE, null)
                .secret()
                .reveal());
        Http api = Http.anonymous(console.port()).with(token);
        String metrics = "/api/v1/hosts/" + attic + "/metrics";

        JsonNode kept =
                api.get(metrics + "?series=cpu&series=memory&spread=true").json();
        assertThat(kept.at("/history/limit").asLong()).isEqualTo(512L * 1024 * 1024);
        assertThat(kept.at("/series").size()).isEqualTo(1);
        assertThat(kept.at("/series/0/most").size())
                .isEqualTo(kept.at("/series/0/values").size());

        // Its headers come with the first reading.
        var over = new AtomicBoolean();
        Thread measuring = Thread.ofVirtual().start(() -> {
            for (long now = second + 1; !over.get(); now++) {
                box.measure(Samples.of(now, false, 0, 0, List.of(), List.of(), List.of()));
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        });
        try (Stream<String> stream = api.lines(metrics + "/stream?series=memory")) {
            String reading =
                    stream.filter(line -> line.startsWith("data:")).findFirst().orElseThrow();

            assertThat(reading)
                    .contains("\"metric\":\"memory\"", "\"value\":400.0", "\"skipped\":")
                    .doesNotContain("load");
        } finally {
            over.set(true);
            measuring.join();
        }
    }
}
