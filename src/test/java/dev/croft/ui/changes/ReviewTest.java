package dev.croft.ui.changes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.Ports;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReviewTest {

    @Test
    void readsWhatTheBoxSays() {
        Review review = Review.of(Map.ofEntries(
                Map.entry("toplevel", "/nix/store/x-system"),
                Map.entry("level", "app"),
                Map.entry("reasons", List.of()),
                Map.entry("units", Map.of("restart", List.of("a.service"), "stop", List.of())),
                Map.entry(
                        "closure",
                        List.of(Map.of("name", "curl", "from", List.of("8"), "to", List.of("9"), "bytes", -12))),
                Map.entry("bytesNeeded", 5_000_000_000L),
                Map.entry("bytesFree", 7),
                Map.entry("boot", Map.of("bytesNeeded", 1, "bytesFree", 2)),
                Map.entry(
                        "ports",
                        Map.of(
                                "opened",
                                List.of(Map.of("protocol", "tcp", "from", 80, "to", 81)),
                                "closed",
                                List.of())),
                Map.entry("users", Map.of("added", List.of("ben"), "removed", List.of(), "changed", List.of())),
                Map.entry("reboot", Map.of("needed", true, "why", List.of("kernel"))),
                Map.entry(
                        "data",
                        List.of(Map.of(
                                "app",
                                "blog",
                                "bytes",
                                30,
                                "method",
                                "copy",
                                "databases",
                                List.of(Map.of("engine", "postgresql", "database", "shop", "bytes", 20))))),
                Map.entry("migrations", List.of("blog")),
                Map.entry("postgresql", Map.of("from", 15, "to", 17)),
                Map.entry(
                        "missingSecrets",
                        List.of(
                                Map.of("app", "blog", "name", "API_KEY"),
                                Map.of("service", "mail", "name", "RELAY_PASSWORD")))));

        assertThat(review.host()).isFalse();
        assertThat(review.toplevel()).isEqualTo("/nix/store/x-system");
        assertThat(review.units().restart()).containsExactly("a.service");
        assertThat(review.packages()).containsExactly(new PackageChange("curl", List.of("8"), List.of("9"), -12));
        assertThat(review.bytesNeeded()).isEqualTo(5_000_000_000L);
        assertThat(review.boot()).isEqualTo(new Review.Room(1, 2));
        assertThat(review.ports().opened()).containsExactly(new Ports("tcp", 80, 81));
        assertThat(review.users().added()).containsExactly("ben");
        assertThat(review.rebootWhy()).containsExactly("kernel");
        Review.DataCopy copy = review.data().getFirst();
        assertThat(copy.databases()).containsExactly(new Review.DatabaseCopy("postgresql", "shop", 20L));
        assertThat(copy.fileBytes()).isEqualTo(10);
        assertThat(review.migrations()).containsExactly("blog");
        assertThat(review.majors()).containsExactly(new Review.MajorChange(Engine.POSTGRESQL, 15, 17));
        assertThat(review.missingSecrets())
                .containsExactly(
                        new Review.MissingSecret("blog", "", "API_KEY"),
                        new Review.MissingSecret("", "mail", "RELAY_PASSWORD"));
    }

    @Test
    void takesWhatIsMissingOrOddForNotKnownAndTheGraverCase() {
        var odd = new HashMap<String, Object>();
        odd.put("units", "none");
        odd.put("ports", null);
        odd.put("boot", null);
        odd.put("closure", new ArrayList<>(List.of(7, "x")));
        odd.put("bytesNeeded", "many");
        odd.put("postgresql", Map.of("from", "old"));
        odd.put("missingSecrets", List.of(Map.of("app", "blog")));
        odd.put("data", List.of(Map.of("app", "blog", "databases", "shop")));

        for (Map<String, Object> result : List.of(odd, Map.<String, Object>of())) {
            Review review = Review.of(result);

            assertThat(review.host()).as("an unknown level").isTrue();
            assertThat(review.toplevel()).isEmpty();
            assertThat(review.units().isEmpty()).isTrue();
            assertThat(review.packages()).isEmpty();
            assertThat(review.bytesNeeded()).isNull();
            assertThat(review.ports()).isNull();
            assertThat(review.users()).isNull();
            assertThat(review.boot()).isNull();
            assertThat(review.reboot()).isFalse();
            assertThat(review.majors()).isEmpty();
            assertThat(review.missingSecrets()).isEmpty();
            assertThat(review.data())
                    .allSatisfy(each -> assertThat(each.databases()).isEmpty());
        }
    }
}
