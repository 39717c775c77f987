package dev.croft.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.ActingAs;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.desired.AppSpec.Limits;
import dev.croft.desired.AppSpec.Run;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;

/** Changes that wait, made by several people. */
@Tag("stores")
class DraftsTest {

    private static final AppName BLOG = new AppName("blog");
    private static final AppName SHOP = new AppName("shop");
    private static final Operator BOB = new Operator("bob", "bob@croft.invalid", Role.OPERATOR);

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private final DesiredStates desired = console.get(DesiredStates.class);
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
    }

    // ---- settings

    @Test
    void settingsAreADraftUntilTheyAreInForce() {
        HostSettings wanted = settings("Europe/Paris", 8080);

        anna(() -> desired.putSettings(attic, wanted));

        assertThat(inForce().host().timezone()).isEqualTo("UTC");
        assertThat(draft().host()).isEqualTo(wanted);
        assertThat(console.asAnna(() -> desired.changes(attic)).host()).isEqualTo(wanted);
        assertThat(words()).containsExactly("time zone UTC → Europe/Paris", "port 8080 is opened in the firewall");
        box.changeByHand(desired.render(draft()).text());
        desired.refresh(attic);
        assertThat(inForce().host()).isEqualTo(wanted);
        assertThat(console.asAnna(() -> desired.drafts(attic))).isEmpty();
    }

    /** An installation keeps its name and the release of its data; who sends settings in need not repeat them. */
    @Test
    void settingsNeverRenameTheBox() {
        assertThat(refusal(() -> desired.putSettings(attic, HostSettings.of("cellar", "26.05", "UTC")))
                        .why())
                .startsWith("name: ");
        assertThat(refusal(() -> desired.putSettings(attic, HostSettings.of("attic", "25.11", "UTC")))
                        .why())
                .startsWith("stateVersion: ");

        anna(() -> desired.putSettings(attic, desired.parseSettings("{\"timezone\":\"Europe/Paris\"}")));

        assertThat(draft().host()).isEqualTo(HostSettings.of("attic", "26.05", "Europe/Paris"));
    }

    @Test
    void settingsOutOfBoundsAreRefusedNamingTheField() {
        Problem refusal = refusal(() -> desired.putSettings(attic, settings("UTC", 65_536)));

        assertThat(refusal.code()).isEqualTo(ProblemCode.INVALID_INPUT);
        assertThat(refusal.why()).startsWith("firewall.tcp: 65536");
        Problem misspelt = refusal(() -> desired.parseSettings("{\"firewall\":{\"tpc\":[]}}"));
        assertThat(misspelt.why()).startsWith("firewall.tpc: unknown field");
        assertThat(console.asAnna(() -> desired.drafts(attic))).isEmpty();
    }

    @Test
    void settingsAsInForceAreNoDraft() {
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 8080)));

        anna(() -> desired.putSettings(attic, inForce().host()));

        assertThat(console.asAnna(() -> desired.changes(attic)).isEmpty()).isTrue();
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 8080)));
        anna(() -> desired.discardSettings(attic));
        assertThat(console.asAnna(() -> desired.changes(attic)).isEmpty()).isTrue();
    }

    /** A draft is kept for long; what it does not say stays as the box says at last. */
    @Test
    void aDraftOfSettingsFollowsTheBoxInWhatItCannotChange() {
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 8080)));

        box.changeByHand(box.state().replace("26.05", "26.11"));
        desired.refresh(attic);

        assertThat(draft().host().stateVersion()).isEqualTo("26.11");
        assertThat(words()).containsExactly("time zone UTC → Europe/Paris", "port 8080 is opened in the firewall");
    }

    @Test
    void notesWhatMayNotBeMeant() {
        anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
        HostSettings wanted = new HostSettings(
                "attic",
                "26.05",
                "UTC",
                new Firewall(List.of(8080, 9000), List.of()),
                null,
                new TreeMap<>(Map.of("eve", new BoxUser(true, List.of()))),
                null,
                null,
                null,
                null,
                HostState.Services.NONE,
                Backups.NONE);
        anna(() -> desired.putSettings(attic, wanted));

        assertThat(desired.notes(draft()))
                .containsExactly(
                        "firewall.tcp: port 8080 is that of blog, which opens it in any case.",
                        "users.eve: without a key this person cannot sign in.");
    }

    // ---- who drafted what

    @Test
    void saysWhoDraftedWhatOldestFirst() {
        anna(() -> desired.putApp(attic, SHOP, port(Console.site("v1"), 8081)));
        bob(() -> desired.putApp(attic, BLOG, Console.site("v1")));
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 9000)));
        bob(() -> desired.putApp(attic, SHOP, port(Console.site("v2"), 8081)));

        List<Draft> drafts = console.asAnna(() -> desired.drafts(attic));

        assertThat(drafts).extracting(Draft::app).containsExactly(BLOG, null, SHOP);
        assertThat(drafts).extracting(Draft::savedBy).containsExactly("bob", "anna", "bob");
        assertThat(drafts).extracting(Draft::removal).containsOnly(false);
        assertThat(words()).hasSize(4).first().isEqualTo("time zone UTC → Europe/Paris");
    }

    @Test
    void discardsAllOfThem() {
        deploy(BLOG, Console.site("v1"));
        anna(() -> desired.removeApp(attic, BLOG));
        anna(() -> desired.putApp(attic, SHOP, port(Console.site("v1"), 8081)));
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 9000)));
        assertThat(console.asAnna(() -> desired.drafts(attic))).hasSize(3).anyMatch(Draft::removal);
        assertThat(words()).contains("the app is removed; its data stays");

        anna(() -> desired.discardAll(attic));

        assertThat(console.asAnna(() -> desired.drafts(attic))).isEmpty();
        assertThat(draft()).isEqualTo(inForce());
    }

    @Test
    void keepsAnAdministratorsSettingsFromAnOperatorWhoDiscardsAll() {
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 9000)));
        bob(() -> desired.putApp(attic, SHOP, port(Console.site("v1"), 8081)));

        ProblemException refusal =
                catchThrowableOfType(ProblemException.class, () -> bob(() -> desired.discardAll(attic)));

        assertThat(refusal.problem().code()).isEqualTo(ProblemCode.NOT_ALLOWED);
        assertThat(console.asAnna(() -> desired.drafts(attic))).hasSize(2);
        anna(() -> desired.discardSettings(attic));
        bob(() -> desired.discardAll(attic));
        assertThat(console.asAnna(() -> desired.drafts(attic))).isEmpty();
    }

    // ---- two people

    @Test
    void theSecondOfTwoEditsOfOneAppIsRefused() {
        anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
        String read = desired.digest(Console.site("v1"));
        bob(() -> desired.putApp(attic, BLOG, limited("1G"), read));

        Problem refusal = refusal(() -> desired.putApp(attic, BLOG, port(Console.site("v1"), 9090), read));

        assertThat(refusal.code()).isEqualTo(ProblemCode.CONFLICT);
        assertThat(refusal.why()).contains("bob");
        assertThat(spec(BLOG)).isEqualTo(limited("1G"));
        anna(() -> desired.putApp(attic, BLOG, port(limited("1G"), 9090), desired.digest(limited("1G"))));
        assertThat(spec(BLOG)).isEqualTo(port(limited("1G"), 9090));
    }

    @Test
    void theSameEditTwiceIsNoConflict() {
        anna(() -> desired.putApp(attic, BLOG, Console.site("v1"), ""));

        bob(() -> desired.putApp(attic, BLOG, Console.site("v1"), ""));

        assertThat(console.asAnna(() -> desired.drafts(attic)))
                .extracting(Draft::savedBy)
                .containsExactly("anna");
        assertThat(refusal(() -> desired.putApp(attic, BLOG, Console.site("v2"), ""))
                        .code())
                .isEqualTo(ProblemCode.CONFLICT);
    }

    @Test
    void anEditThatBeganBeforeADeploymentIsRefused() {
        anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
        String read = desired.digest(Console.site("v1"));
        deploy(BLOG, Console.site("v1"));

        Problem refusal = refusal(() -> desired.putApp(attic, BLOG, limited("1G"), read));

        assertThat(refusal.code()).isEqualTo(ProblemCode.CONFLICT);
        assertThat(refusal.why()).contains("applied");
    }

    @Test
    void theSecondOfTwoEditsOfTheSettingsIsRefused() {
        String read = desired.digest(inForce().host());
        anna(() -> desired.putSettings(attic, settings("Europe/Paris", 8080), read));

        assertThat(refusal(() -> desired.putSettings(attic, settings("Asia/Tokyo", 9090), read))
                        .code())
                .isEqualTo(ProblemCode.CONFLICT);
        assertThat(draft().host()).isEqualTo(settings("Europe/Paris", 8080));
    }

    /** At the very same moment, again and again: exactly one of them wins each time. */
    @Test
    void ofEditsAtTheSameMomentOneIsKeptAndTheOthersAreTold() throws Exception {
        anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
        int people = 4;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 10; round++) {
                String read = desired.digest(spec(BLOG));
                CyclicBarrier start = new CyclicBarrier(people);
                int base = 2000 + round * people;
                List<Future<Boolean>> edits = IntStream.range(0, people)
                        .mapToObj(i -> threads.submit((Callable<Boolean>) () -> {
                            start.await();
                            try {
                                anna(() -> desired.putApp(attic, BLOG, port(Console.site("v1"), base + i), read));
                                return true;
                            } catch (ProblemException e) {
                                assertThat(e.problem().code()).isEqualTo(ProblemCode.CONFLICT);
                                return false;
                            }
                        }))
                        .toList();
                int kept = 0;
                for (Future<Boolean> edit : edits) {
                    kept += edit.get() ? 1 : 0;
                }
                assertThat(kept).as("round " + round).isEqualTo(1);
            }
        }
    }

    // ---- telling

    @Test
    void tellsOfEveryChangeByWhoever() {
        AtomicInteger told = new AtomicInteger();
        try (Subscription watching = console.asAnna(() -> desired.watch(attic, told::incrementAndGet))) {
            tells(told, () -> bob(() -> desired.putApp(attic, BLOG, Console.site("v1"))));
            tells(told, () -> anna(() -> desired.putSettings(attic, settings("Europe/Paris", 9000))));
            tells(told, () -> bob(() -> desired.discard(attic, BLOG)));
            // Applied elsewhere: the draft says what is in force now, and goes.
            tells(told, () -> {
                box.changeByHand(desired.render(draft()).text());
                desired.refresh(attic);
            });
            // Changed by hand on the box, with no draft in sight.
            tells(told, () -> {
                box.changeByHand(box.state().replace("Europe/Paris", "Asia/Tokyo"));
                desired.refresh(attic);
            });
        }
    }

    /** What is told is true already: the transaction is over when it is. */
    @Test
    void theEventComesAfterTheCommitAndOnlyWhenSomethingChanged() {
        List<List<Draft>> seen = new CopyOnWriteArrayList<>();
        ApplicationListener<PayloadApplicationEvent<DraftsChanged>> listener = event -> {
            if (event.getPayload().host().equals(attic)) {
                // On a thread of its own, which would not see what is not committed.
                try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    threads.submit(() -> seen.add(console.asAnna(() -> desired.drafts(attic))));
                }
            }
        };
        ApplicationListener<?> added = new Listener(listener);
        console.context().addApplicationListener(added);
        try {
            anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
            anna(() -> desired.putApp(attic, BLOG, Console.site("v1")));
            anna(() -> desired.discard(attic, SHOP));
            anna(() -> desired.discard(attic, BLOG));
        } finally {
            console.context().removeApplicationListener(added);
        }

        assertThat(seen).hasSize(2);
        assertThat(seen.get(0)).hasSize(1);
        assertThat(seen.get(1)).isEmpty();
    }

    private record Listener(ApplicationListener<PayloadApplicationEvent<DraftsChanged>> inner)
            implements ApplicationListener<PayloadApplicationEvent<DraftsChanged>> {
        @Override
        public void onApplicationEvent(PayloadApplicationEvent<DraftsChanged> event) {
            inner.onApplicationEvent(event);
        }
    }

    // ---- words of this test

    private void tells(AtomicInteger told, Runnable change) {
        int before = told.get();
        change.run();
        Await.until(told::get, count -> count > before);
    }

    private void anna(Runnable work) {
        console.asAnna(() -> {
            work.run();
            return null;
        });
    }

    private void bob(Runnable work) {
        console.get(ActingAs.class).call(BOB, () -> {
            work.run();
            return null;
        });
    }

    private Problem refusal(Runnable work) {
        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> anna(work));
        assertThat(refusal).as("nothing was refused").isNotNull();
        return refusal.problem();
    }

    private HostState draft() {
        return console.asAnna(() -> desired.draft(attic));
    }

    private HostState inForce() {
        return console.asAnna(() -> desired.inForce(attic)).orElseThrow();
    }

    private AppSpec spec(AppName app) {
        return draft().apps().get(app);
    }

    private List<String> words() {
        return console.asAnna(() -> desired.edits(attic)).stream()
                .map(Edit::words)
                .toList();
    }

    /** As if it had been applied. */
    private void deploy(AppName app, AppSpec spec) {
        AppSpec pinned = spec.withSource(
                new AppSpec.Source("git", spec.source().url(), spec.source().ref(), FakeBox.REV_1, FakeBox.NAR_HASH));
        box.changeByHand(
                desired.render(desired.with(attic, Changes.of(app, pinned))).text());
        anna(() -> desired.discard(attic, app));
        desired.refresh(attic);
    }

    private static HostSettings settings(String timezone, int port) {
        return new HostSettings(
                "attic",
                "26.05",
                timezone,
                new Firewall(List.of(port), List.of()),
                null,
                new TreeMap<>(),
                new Gc(null, null, null),
                null,
                null,
                null,
                HostState.Services.NONE,
                Backups.NONE);
    }

    private static AppSpec limited(String memory) {
        AppSpec site = Console.site("v1");
        return site.withLimits(new Limits(memory, null, null));
    }

    private static AppSpec port(AppSpec spec, int port) {
        return spec.withRun(new Run(List.of(), port, Map.of()));
    }
}
