package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Logs by the real way, from a unit's journal on a box to a script and to a browser: links that are cut, floods, and what is no text. */
class LogsIT {

    private static final int CUTS = 20;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String APP = "scribe";
    private static final String LOGS = ClaimedCroft.path(APP) + "/logs";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern NUMBER = Pattern.compile("line (\\d+)");

    private static ClaimedCroft running;
    private static Browser browser;

    @BeforeAll
    static void open() {
        running = ClaimedCroft.shared();
        // A draft is enough: what a unit of its name has written is the app's.
        running.api
                .put(
                        ClaimedCroft.path(APP),
                        ClaimedCroft.python(running.git.create(APP).url(), 9480))
                .expect(200);
        browser = new Browser();
        browser.page().navigate(running.croft.url() + "login");
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        assertThat(browser.page().locator("vaadin-side-nav").first()).isVisible();
    }

    @AfterAll
    static void shut() {
        if (browser != null) {
            browser.close();
        }
    }

    /** The link is cut under a reader who follows: every line comes, once, in order. */
    @Test
    void twentyCutsOfTheLinkLoseNothingAndRepeatNothing() throws Exception {
        String begin = marker("cuts begin");
        List<Integer> seen = new CopyOnWriteArrayList<>();
        var problems = new AtomicInteger();
        var failed = new AtomicReference<@Nullable Throwable>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (Stream<String> lines = follow(begin, null)) {
                Iterator<String> each = lines.iterator();
                while (each.hasNext()) {
                    String line = each.next();
                    var number = NUMBER.matcher(line);
                    if (line.startsWith("data:") && number.find()) {
                        seen.add(Integer.parseInt(number.group(1)));
                    } else if (line.equals("event:problem")) {
                        problems.incrementAndGet();
                    } else if (line.contains("the end of the cuts")) {
                        return;
                    }
                }
            } catch (IOException | RuntimeException | InterruptedException e) {
                failed.set(e);
            }
        });
        writeNumbered("croft-app-" + APP, 1_000_000, 200);
        try {
            for (int cut = 1; cut <= CUTS; cut++) {
                int told = cut;
                cutLink();
                Api.await(LONG, problems::get, count -> count >= told);
                int before = seen.size();
                Api.await(LONG, seen::size, size -> size > before);
            }
        } finally {
            running.croft
                    .inBox("systemctl", "stop", "croft-app-" + APP + ".service")
                    .orFail();
        }
        int written = lastWritten();
        Api.await(LONG, seen::size, size -> size >= written);
        marker("the end of the cuts");
        reader.join(LONG);

        assertThat(failed.get()).isNull();
        assertThat(seen)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, written).boxed().toList());
    }

    /** A browser that loses its connection says which event it had last. */
    @Test
    void aReaderThatComesBackGoesOnAfterItsLastEvent() throws Exception {
        String begin = marker("events begin");
        writeNumbered("croft-app-" + APP, 2_000, 0);
        List<Integer> seen = new ArrayList<>();
        String last = begin;
        while (seen.size() < 2_000) {
            int until = Math.min(2_000, seen.size() + 150);
            try (Stream<String> lines = follow(null, last)) {
                Iterator<String> each = lines.iterator();
                String id = last;
                while (seen.size() < until) {
                    String line = each.next();
                    var number = NUMBER.matcher(line);
                    if (line.startsWith("id:")) {
                        id = line.substring(3);
                    } else if (line.startsWith("data:") && number.find()) {
                        seen.add(Integer.parseInt(number.group(1)));
                        last = id;
                    }
                }
            }
        }

        assertThat(seen)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 2_000).boxed().toList());
    }

    @Test
    void whatIsNoTextIsShownForWhatItIs() {
        String begin = marker("bad begins");
        running.croft
                .inBox(
                        "systemd-run",
                        "--quiet",
                        "--wait",
                        "--collect",
                        "--unit=croft-app-" + APP,
                        "--description=scribe",
                        "python3",
                        "-c",
                        """
                        import os, socket, struct
                        def send(**fields):
                            data = b""
                            for name, value in fields.items():
                                data += name.encode() + b"\\n" + struct.pack("<Q", len(value)) + value + b"\\n"
                            peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                            fd = os.memfd_create("entry", os.MFD_ALLOW_SEALING)
                            os.write(fd, data)
                            import fcntl
                            fcntl.fcntl(fd, 1033, 15)
                            peer.connect("/run/systemd/journal/socket")
                            socket.send_fds(peer, [b""], [fd])
                            os.close(fd)
                        send(MESSAGE=b"binary \\xff\\xfe\\x00 end")
                        send(MESSAGE=b"x" * 1_000_000)
                        send(MESSAGE=b"<img src=x onerror=alert(1)><script>alert(2)</script>")
                        send(MESSAGE=b"control \\x01\\x07\\x1b[2J\\x1b]0;title\\x07\\r\\nnext")
                        send(MESSAGE=b"".join(b"\\x1b[3%dmx" % (i % 8) for i in range(20000)))
                        send(MESSAGE=b"odd priority", PRIORITY=b"loud")
                        send(MESSAGE=b"last of the bad")
                        """)
                .orFail();

        List<JsonNode> lines = await(begin, "last of the bad");
        List<String> texts =
                lines.stream().map(each -> each.get("text").stringValue()).toList();
        assertThat(texts).anyMatch(text -> text.startsWith("binary \ufffd\ufffd"));
        assertThat(texts).anyMatch(text -> text.startsWith("xxx") && text.endsWith("… [991808 bytes cut]"));
        assertThat(texts).anyMatch(text -> text.contains("<script>alert(2)</script>"));
        assertThat(texts).contains("odd priority");
        assertThat(texts).noneMatch(text -> text.contains("\u001b") || text.contains("\u0007"));
        assertThat(texts).allMatch(text -> text.length() < 8_300);

        openLogs("");
        Locator log = browser.page().locator("#logs");
        assertThat(log.getByText("last of the bad").last()).isVisible();
        assertThat(log.getByText("<script>alert(2)</script>").last()).isVisible();
        assertThat(log.locator("img, script")).hasCount(0);
        assertThat(browser.errors()).isEmpty();
    }

    /** A page that does nothing for seconds while thousands of lines are written says how many it left out, and goes on with the newest. */
    @Test
    void aBrowserThatSleepsIsSkippedAheadAndSaysSo() {
        openLogs("");
        assertThat(browser.page().locator("#log-state")).hasText("Live");
        writeNumbered("croft-app-" + APP, 60_000, 10_000);
        browser.page().evaluate("() => { const until = Date.now() + 8000; while (Date.now() < until) {} }");

        Locator log = browser.page().locator("#logs");
        assertThat(log.getByText("line 60000").last()).isVisible();
        log.locator("[part=scroller]").press("Home");
        // The hole may have left at the old end by now; what is kept never grows.
        assertThat(log).hasAttribute("lines", Pattern.compile("[1-4]?\\d{1,3}|5000|5001"));
        Number missing = (Number) browser.page().evaluate("() => document.querySelector('#logs').notShown");
        assertThat(missing.longValue()).isPositive();
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void aPersonSearchesFindsALineKeepsItsAddressAndTakesTheRestAlong() throws IOException {
        marker("plain words");
        marker("{\"level\":\"warn\",\"took\":412,\"path\":\"/api/Needle\"}");
        marker("\u001b[1;31mERROR\u001b[0m the needle broke");
        marker("plain words again");
        openLogs("");
        Page page = browser.page();
        Locator log = page.locator("#logs");
        assertThat(log.getByText("plain words again").last()).isVisible();
        browser.picture("logs-live");

        page.locator("#log-filter input").fill("NEEDLE");
        assertThat(log.locator("mark").first()).hasText("Needle");
        assertThat(log.getByText("plain words")).hasCount(0);
        Download download =
                page.waitForDownload(() -> page.locator("#log-download").click());
        assertThat(Files.readString(download.path()))
                .contains("the needle broke")
                .doesNotContain("plain words");

        // By the keyboard: the newest line, then the one before it.
        log.locator("[part=scroller]").press("ArrowUp");
        log.locator("[part=scroller]").press("ArrowUp");
        assertThat(log.locator(".detail th", new Locator.LocatorOptions().setHasText("took")))
                .isVisible();
        browser.picture("logs-json");
        String address = log.locator(".detail a").getAttribute("href");
        log.locator(".detail a").click();
        assertThat(page).hasURL(Pattern.compile("\\?line="));
        assertThat(log.getByText("plain words again").last()).isVisible();
        assertThat(log.locator("[data-selected]")).containsText("/api/Needle");
        assertThat(page.locator("#log-state")).hasText("Not following");

        // And for whoever is sent the address.
        page.navigate("about:blank");
        page.navigate(running.croft.url().resolve(address).toString());
        assertThat(log.locator("[data-selected]")).containsText("/api/Needle");
        browser.picture("logs-line");
        page.locator("#log-older").click();
        page.locator("#log-live").click();
        assertThat(page.locator("#log-state")).hasText("Live");

        page.navigate(running.croft.url() + "host/logs");
        assertThat(log.locator(".unit").first()).isVisible();
        page.locator("#log-filter input").fill("(");
        page.locator("#log-pattern").click();
        assertThat(page.locator("#log-problem")).containsText("pattern");
        page.locator("#log-filter input").fill("needle|words");
        assertThat(log.getByText("plain words again").last()).isVisible();
        page.locator("#log-more > summary").click();
        browser.picture("logs-box");
        assertThat(browser.errors()).isEmpty();
    }

    // ---- what writes, and what reads

    /** Writes a line of the app; its cursor. */
    private static String marker(String text) {
        running.croft
                .inBox(
                        "systemd-run",
                        "--quiet",
                        "--wait",
                        "--collect",
                        "--unit=croft-app-" + APP,
                        "--description=scribe",
                        "printf",
                        "%s\\n",
                        text)
                .orFail();
        return Api.await(
                        LONG,
                        () -> running.api
                                .get(LOGS + "?lines=20")
                                .expect(200)
                                .text()
                                .lines()
                                .map(JsonMapper.shared()::readTree)
                                .filter(line -> line.get("unit").stringValue().startsWith("croft-app-"))
                                .toList(),
                        lines -> lines.stream().anyMatch(line -> isAbout(line, text)))
                .stream()
                .filter(line -> isAbout(line, text))
                .toList()
                .getLast()
                .get("cursor")
                .stringValue();
    }

    private static boolean isAbout(JsonNode line, String text) {
        return line.get("text").stringValue().equals(text.replaceAll("\u001b\\[[0-9;]*m", ""));
    }

    /** @param perSecond 0: as fast as it can */
    private static void writeNumbered(String unit, int count, int perSecond) {
        running.croft
                .inBox(
                        "systemd-run",
                        "--quiet",
                        "--collect",
                        "--unit=" + unit,
                        "--property=LogRateLimitIntervalSec=1s",
                        "--property=LogRateLimitBurst=10000000",
                        "python3",
                        "-c",
                        """
                        import sys, time
                        count, rate = int(sys.argv[1]), int(sys.argv[2])
                        began = time.monotonic()
                        for number in range(1, count + 1):
                            print("line", number, flush=rate and rate < 1000)
                            if rate and (ahead := number / rate - (time.monotonic() - began)) > 0.01:
                                sys.stdout.flush()
                                time.sleep(ahead)
                        """,
                        String.valueOf(count),
                        String.valueOf(perSecond))
                .orFail();
    }

    private static int lastWritten() {
        var number = NUMBER.matcher(running.croft
                .inBox("journalctl", "--unit=croft-app-" + APP, "--output=cat", "--grep=^line [0-9]+$", "--lines=1")
                .orFail()
                .out());
        assertThat(number.find()).isTrue();
        return Integer.parseInt(number.group(1));
    }

    /** Kills every SSH session of the console on the box. */
    private static void cutLink() {
        List<String> sessions = Api.await(LONG, LogsIT::sessions, found -> !found.isEmpty());
        running.croft
                .inBox(Stream.concat(Stream.of("kill", "-KILL"), sessions.stream())
                        .toArray(String[]::new))
                .orFail();
    }

    private static List<String> sessions() {
        return running.croft
                .inBox("ps", "-e", "-o", "pid=,args=")
                .orFail()
                .out()
                .lines()
                .map(String::strip)
                .filter(line -> line.contains("sshd-session: croft-host [priv]"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private static List<JsonNode> await(String after, String text) {
        return Api.await(
                LONG,
                () -> running.api
                        .get(LOGS + "?lines=1000&after=" + after)
                        .expect(200)
                        .text()
                        .lines()
                        .map(JsonMapper.shared()::readTree)
                        .toList(),
                lines -> lines.stream()
                        .anyMatch(line -> line.get("text").stringValue().equals(text)));
    }

    private static Stream<String> follow(@Nullable String after, @Nullable String lastEvent)
            throws IOException, InterruptedException {
        String query = "?follow=true" + (after == null ? "" : "&after=" + after);
        HttpRequest.Builder request = HttpRequest.newBuilder(running.croft.url().resolve(LOGS + query))
                .header("Authorization", "Bearer " + running.api.token());
        if (lastEvent != null) {
            request.header("Last-Event-ID", lastEvent);
        }
        return HTTP.send(request.build(), BodyHandlers.ofLines()).body();
    }

    private static void openLogs(String query) {
        browser.page()
                .navigate(URI.create(running.croft.url() + "apps/" + APP + "/logs" + query)
                        .toString());
        assertThat(browser.page().locator("#logs")).isVisible();
    }
}
