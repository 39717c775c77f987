package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.BoundingBox;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.GitServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/** What a real box and a real app use, in the browser: live, with the deployment that was made meanwhile as a mark. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MetricsIT {

    private static final String APP = "metered";
    private static final int PORT = 9291;

    /** Counts the windows that the server sends from here on. */
    private static final String COUNT_WINDOWS = """
            charts => {
              const present = charts.present.bind(charts);
              charts.windows = 0;
              charts.present = (data, live) => { charts.windows++; present(data, live); };
            }
            """;

    private ClaimedCroft running;
    private Browser browser;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        GitServer.Repository repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        running.api.delete("/api/v1/hosts/" + ClaimedCroft.HOST + "/drafts");
        JsonNode deployed = running.api.deploy(ClaimedCroft.HOST, APP, ClaimedCroft.python(repository.url(), PORT));
        assertThat(deployed.path("state").stringValue("")).as("%s", deployed).isEqualTo("SUCCEEDED");
        browser = new Browser();
        open("host/metrics");
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/host/metrics"));
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    private void open(String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }

    private Locator chart(String id) {
        return browser.page().locator("croft-metrics section[data-chart='" + id + "']");
    }

    private Locator charts() {
        return browser.page().locator("croft-metrics");
    }

    @Test
    @Order(1)
    void theBoxIsDrawnAndMovesOnWithoutBeingSentAgain() {
        assertThat(chart("cpu").locator("canvas")).isVisible();
        assertThat(chart("memory").locator("li").first()).containsText("GB");
        charts().evaluate(COUNT_WINDOWS);
        browser.page().locator("croft-metrics [data-range='15m']").click();
        browser.page().waitForFunction("() => document.querySelector('croft-metrics').windows === 1");
        double begin = ((Number) charts().evaluate("charts => charts.window.data.from")).doubleValue();

        // Two steps of 15 minutes that are drawn as 720.
        browser.page()
                .waitForFunction(
                        "begin => document.querySelector('croft-metrics').window.data.from >= begin + 4000", begin);

        assertThat(charts().evaluate("charts => charts.windows")).isEqualTo(1);
        assertThat(
                        (boolean)
                                charts().evaluate(
                                                "charts => charts.window.data.charts[0].series[0].values.slice(-4).some(v => v !== null)"))
                .isTrue();
        assertThat(browser.page().locator("#metrics-kept")).containsText("of at most 537 MB");
    }

    @Test
    @Order(2)
    void theDeploymentIsAMarkAndARow() {
        browser.page().locator("croft-metrics [data-range='1h']").click();
        assertThat(browser.page().locator("#metrics-changes")).containsText("Deploy " + APP);
        Locator canvas = chart("cpu").locator("canvas");
        canvas.scrollIntoViewIfNeeded();
        BoundingBox box = canvas.boundingBox();
        double at = ((Number) charts().evaluate("""
                                charts => charts.drawn.get('cpu').scales.x.getPixelForValue(
                                  charts.markers.filter(marker => marker.label.includes('metered')).at(-1).at)
                                """)).doubleValue();
        browser.page().mouse().move(box.x + at, box.y + box.height / 2);

        assertThat(browser.page().locator("croft-metrics .moment")).containsText("Deploy " + APP);
        assertThat((boolean) charts().evaluate("charts => [...charts.drawn.values()].length > 3"))
                .isTrue();
        browser.picture("metrics-box");
    }

    @Test
    @Order(3)
    void anAppHasChartsOfItsOwnWithReasonsWhereNothingIsMeasured() {
        open("apps/" + APP + "/metrics");

        assertThat(chart("cpu").locator("canvas")).isVisible();
        assertThat(chart("cpu").locator("li").first()).containsText("busy");
        assertThat(browser.page().locator("#metrics-changes")).containsText("Deploy " + APP);
        JsonNode gaps = running.api
                .get(ClaimedCroft.path(APP) + "/metrics")
                .expect(200)
                .json()
                .get("gaps");
        for (String gap : new String[] {"units.io", "units.pids", "units.memory", "units.pressure"}) {
            if (gaps.has(gap)) {
                assertThat(charts())
                        .containsText("Not measured: " + gaps.get(gap).stringValue());
            }
        }
        browser.picture("metrics-app");
    }

    @Test
    @Order(4)
    void whatIsShownCanBeReadAsATableAndSaved() throws IOException {
        browser.page().locator("croft-metrics .tables").click();
        assertThat(chart("cpu").locator("table tbody tr").first()).isVisible();
        assertThat(chart("cpu").locator("thead")).containsText("Time");
        browser.picture("metrics-tables");
        Download table = browser.page()
                .waitForDownload(() -> chart("cpu").locator(".csv").click());
        assertThat(Files.readString(table.path()))
                .startsWith("time,Processor: busy (cores),")
                .contains("Z,");
        browser.page().locator("croft-metrics .tables").click();

        Download picture = browser.page()
                .waitForDownload(() -> chart("cpu").locator(".png").click());

        assertThat(picture.suggestedFilename()).isEqualTo(APP + "-cpu.png");
        assertThat(Files.readAllBytes(picture.path())).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    @Order(5)
    void aShorterTimeAndAYearAreAClickAway() {
        charts().evaluate(COUNT_WINDOWS);
        browser.page().locator("croft-metrics .in").click();
        browser.page().waitForFunction("() => document.querySelector('croft-metrics').windows === 1");
        assertThat(browser.page().locator("croft-metrics .live")).isVisible();
        assertThat(((Number) charts().evaluate("charts => charts.window.data.step * charts.window.data.count"))
                        .doubleValue())
                .isBetween(1_790_000.0, 1_815_000.0);

        browser.page().locator("croft-metrics [data-range='1y']").click();

        browser.page().waitForFunction("() => document.querySelector('croft-metrics').window.data.step === 86400000");
        assertThat(chart("cpu").locator("canvas")).isVisible();
        assertThat(browser.page().locator("croft-metrics .live")).not().isVisible();
    }
}
