package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A person's browser: Debian's Chromium with a fresh profile. Fails the test in which a page tries what its Content Security Policy forbids. */
public final class Browser implements AutoCloseable {

    private static final List<String> FLAGS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    /** Where pictures go; {@code CROFT_SCREENSHOTS=docs/screenshots} renews the ones that the README shows. */
    private static final Path PICTURES =
            Path.of(System.getenv().getOrDefault("CROFT_SCREENSHOTS", "target/screenshots"));

    /** A page waits for its turn where boxes build beside it. */
    private static final double PATIENCE_MILLIS = 30_000;

    private static final String AXE = axe();

    private final Playwright playwright;
    private final BrowserContext context;
    private final Page page;
    private final List<String> errors = new ArrayList<>();
    /** What the policy of a page kept the page from doing: one of the two is wrong. */
    private final List<String> violations = new CopyOnWriteArrayList<>();

    public Browser() {
        playwright = Playwright.create();
        context = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium())
                        .setHeadless(true)
                        .setArgs(FLAGS))
                .newContext(new com.microsoft.playwright.Browser.NewContextOptions()
                        .setViewportSize(1280, 800)
                        .setLocale("en-GB")
                        .setReducedMotion(ReducedMotion.REDUCE));
        context.setDefaultTimeout(PATIENCE_MILLIS);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        context.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                violations.add(message.location() + ": " + message.text());
            }
        });
        page = context.newPage();
        page.onPageError(errors::add);
    }

    public Page page() {
        return page;
    }

    /** Script errors that the pages had so far. */
    public List<String> errors() {
        return List.copyOf(errors);
    }

    /** What pages tried that their Content Security Policy forbids; forgotten, so that {@link #close} does not complain of it. */
    public List<String> takeViolations() {
        List<String> taken = List.copyOf(violations);
        violations.clear();
        return taken;
    }

    public int violationsSoFar() {
        return violations.size();
    }

    /** Types into a Vaadin field. */
    public void fill(String id, String value) {
        Locator input = page.locator("#" + id + " input, #" + id + " textarea").first();
        input.fill(value);
        // The server learns of a value when the field loses the focus.
        input.blur();
    }

    public void click(String selector) {
        page.locator(selector).first().click();
    }

    /** From now on they also show that it is still them where a dialog asks, as a journey longer than a proof is good comes to. */
    public void signIn(String username, String password) {
        fill("login-username", username);
        fill("login-password", password);
        click("#login-submit");
        Locator proof = page.locator("#proof-password");
        page.removeLocatorHandler(proof);
        page.addLocatorHandler(proof, asked -> {
            fill("proof-password", password);
            click("#proof-confirm");
        });
    }

    /** The page as it is, in light and dark, wide and on a phone. Nothing in it may shut anybody out. */
    public void picture(String name) {
        settle();
        List<String> obstacles = new ArrayList<>();
        shoot(name + "-light", ColorScheme.LIGHT, 1280, 800);
        obstacles.addAll(obstacles("in light"));
        shoot(name + "-dark", ColorScheme.DARK, 1280, 800);
        obstacles.addAll(obstacles("in dark"));
        shoot(name + "-wide", ColorScheme.LIGHT, 1920, 1080);
        shoot(name + "-phone", ColorScheme.LIGHT, 390, 844);
        obstacles.addAll(obstacles("on a phone"));
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        page.setViewportSize(1280, 800);
        assertThat(obstacles).as("what shuts people out of " + name).isEmpty();
    }

    /** What axe-core finds serious or critical in the page, and whether the page is wider than its window. */
    @SuppressWarnings("unchecked")
    private List<String> obstacles(String how) {
        if (!(boolean) page.evaluate("() => 'axe' in window")) {
            page.evaluate(AXE);
        }
        List<String> found = (List<String>) page.evaluate("""
                async () => {
                    const { violations } = await axe.run({ resultTypes: ['violations'] });
                    const found = violations
                        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
                        .flatMap(({ id, nodes }) => nodes.map(node => `${id} ${node.target.join(' ')}: ${node.failureSummary}`));
                    const { scrollWidth, clientWidth } = document.documentElement;
                    return scrollWidth > clientWidth ? [...found, `${scrollWidth - clientWidth} pixels wider than the window`] : found;
                }
                """);
        return found.stream().map(each -> how + ": " + each).toList();
    }

    /** Until the server has answered everything that the page asked. */
    public void settle() {
        page.waitForFunction("""
                () => {
                    const clients = Object.values(window.Vaadin?.Flow?.clients ?? {}).filter(client => client.isActive);
                    return clients.length > 0 && clients.every(client => !client.isActive());
                }
                """);
    }

    private void shoot(String file, ColorScheme scheme, int width, int height) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        page.setViewportSize(width, height);
        settle();
        page.screenshot(new Page.ScreenshotOptions()
                .setAnimations(ScreenshotAnimations.DISABLED)
                .setPath(PICTURES.resolve(file + ".png")));
    }

    private static String axe() {
        try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path chromium() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("No Chromium: apt-get install chromium"));
    }

    @Override
    public void close() {
        context.close();
        playwright.close();
        assertThat(violations).as("what pages tried that their policy forbids").isEmpty();
    }
}
