package dev.croft.desired.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.desired.AppSpec;
import dev.croft.desired.HostState;
import dev.croft.kernel.AppName;
import dev.croft.support.Gen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** For whatever wish: it survives the way through the file, and the file does not depend on the order of the wishing. */
class StateJsonPropertyTest {

    private static final String HEX = "0123456789abcdef";

    private final StateJson json = new StateJson();

    /** Fifty that never change and fifty new ones each time. */
    static Stream<Long> seeds() {
        return LongStream.concat(LongStream.range(0, 50), new Random().longs(50))
                .boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readingUndoesWriting(long seed) {
        HostState state = state(new Gen(seed));

        String text = json.render(state).text();

        assertThat(json.parse(text)).as("seed " + seed).isEqualTo(state);
        assertThat(text).endsWith("}\n").doesNotContain("\r");
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theSameWishGivesTheSameBytes(long seed) {
        HostState state = state(new Gen(seed));
        HostState shuffled = shuffled(state, new Random(seed));

        assertThat(json.render(shuffled)).as("seed " + seed).isEqualTo(json.render(state));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anEntryThatIsReadBackIsTheSameEntry(long seed) {
        AppSpec spec = app(new Gen(seed), 8080);

        assertThat(json.parseApp(json.renderApp(spec))).as("seed " + seed).isEqualTo(spec);
    }

    private static HostState state(Gen gen) {
        Map<AppName, AppSpec> apps = new HashMap<>();
        int count = gen.between(0, 5);
        for (int i = 0; i < count; i++) {
            apps.put(new AppName("a" + i + gen.word("abc0-", 0, 20)), app(gen, 2000 + i));
        }
        return new HostState(
                HostState.VERSION,
                HostState.HostSettings.of(
                        "attic", gen.oneOf(List.of("25.11", "26.05")), gen.oneOf(List.of("UTC", "Europe/Paris"))),
                new TreeMap<>(apps));
    }

    private static AppSpec app(Gen gen, int port) {
        String builder = gen.oneOf(List.of("flake", "static", "python", "node"));
        boolean hasPort = "static".equals(builder) || gen.chance(70);
        List<String> command = new ArrayList<>();
        if (gen.chance(50)) {
            command.add(gen.oneOf(List.of("python3", "./serve", "node")));
            command.addAll(gen.list(5, () -> gen.text(6)));
        }
        Map<String, String> env = new LinkedHashMap<>();
        gen.list(5, () -> "V" + gen.word("ABC_19", 0, 10)).forEach(key -> env.put(key, gen.text(8)));
        return new AppSpec(
                new AppSpec.Source(
                        "git",
                        "https://git.example/" + gen.word("abc/-", 1, 20),
                        gen.chance(50) ? "main" : null,
                        gen.word(HEX, 40, 40),
                        "sha256-" + gen.word("abcXYZ019+/", 42, 42) + "A="),
                new AppSpec.Build(builder),
                "service",
                new AppSpec.Run(command, hasPort ? port : null, env),
                hasPort && gen.chance(30) ? List.of("a" + port + ".example", "b" + port + ".example") : List.of(),
                gen.chance(40) ? new AppSpec.Limits(orNull(gen, "512M"), orNull(gen, "50%"), 64) : null,
                hasPort && gen.chance(40) ? new AppSpec.Health("/healthz", gen.between(1, 600)) : null);
    }

    private static @Nullable String orNull(Gen gen, String value) {
        return gen.chance(50) ? value : null;
    }

    private static HostState shuffled(HostState state, Random random) {
        List<AppName> names = new ArrayList<>(state.apps().keySet());
        Collections.shuffle(names, random);
        TreeMap<AppName, AppSpec> apps = new TreeMap<>();
        for (AppName name : names) {
            AppSpec spec = state.apps().get(name);
            List<String> keys = new ArrayList<>(spec.run().env().keySet());
            Collections.shuffle(keys, random);
            Map<String, String> env = new LinkedHashMap<>();
            keys.forEach(key -> env.put(key, spec.run().env().get(key)));
            apps.put(
                    name,
                    new AppSpec(
                            spec.source(),
                            spec.build(),
                            spec.isolation(),
                            new AppSpec.Run(spec.run().command(), spec.run().port(), env),
                            spec.domains(),
                            spec.limits(),
                            spec.health()));
        }
        return new HostState(state.version(), state.host(), apps);
    }
}
