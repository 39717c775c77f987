package dev.croft.drills;

import dev.croft.running.Croft;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NullNode;

/** A box as it is, read in the box and from nothing that the console says. */
record BoxFacts(JsonNode json) {

    private static final String PROGRAM = program();

    static BoxFacts of(Croft croft) {
        return new BoxFacts(JsonMapper.shared()
                .readTree(croft.inBox("python3", "-c", PROGRAM).orFail().out()));
    }

    String current() {
        return text("current");
    }

    int generation() {
        return json.get("generation").intValue();
    }

    String state() {
        return text("state");
    }

    /** Units of operations that have not ended, their timers among them. */
    List<String> operations() {
        return strings("operations");
    }

    /** Directories of builds that did not come to their end. */
    List<String> halfBuilt() {
        return strings("halfBuilt");
    }

    /** The box serves one generation, in every part: nothing of another one is in force, runs, or would be booted. */
    void assertWhole() {
        SoftAssertions whole = new SoftAssertions();
        whole.assertThat(text("profile")).as("the profile").isEqualTo(current());
        whole.assertThat(text("bootDefault")).as("the boot default").isEqualTo(current());
        whole.assertThat(text("etc")).as("/etc").isEqualTo(text("currentEtc"));
        whole.assertThat(text("mainState")).as("state.json on main").isEqualTo(state());
        whole.assertThat(text("branch")).as("the flake's branch").isEqualTo("refs/heads/main");
        whole.assertThat(text("edits")).as("uncommitted edits of the flake").isEmpty();
        whole.assertThat(strings("refs"))
                .as("what operations left in the flake")
                .isEmpty();
        whole.assertThat(operations()).as("units of operations").isEmpty();
        whole.assertThat(strings("leftovers"))
                .as("what operations left on the box")
                .isEmpty();
        assertUnits(whole);
        assertFacts(whole);
        whole.assertAll();
    }

    private void assertUnits(SoftAssertions whole) {
        Set<String> wanted = Set.copyOf(strings("wanted"));
        Set<String> closure = Set.copyOf(strings("closure"));
        for (JsonNode unit : json.get("units")) {
            String name = unit.get("Id").stringValue();
            String active = unit.get("ActiveState").stringValue();
            if (name.startsWith("croft-op-") || name.startsWith("croft-guard-")) {
                continue;
            }
            whole.assertThat(active).as(name).isNotEqualTo("failed");
            whole.assertThat(unit.get("NeedDaemonReload").stringValue())
                    .as("whether systemd knows another file of " + name)
                    .isEqualTo("no");
            if (active.equals("active")) {
                whole.assertThat(unit.get("LoadState").stringValue())
                        .as("the file of " + name + ", which runs")
                        .isIn("loaded", "masked");
                whole.assertThat(strings(unit.get("uses")))
                        .as("what the process of " + name + " was started with")
                        .isSubsetOf(closure);
            } else if (wanted.contains(name) && !unit.path("Type").asString("").equals("oneshot")) {
                whole.assertThat(active).as(name + ", which the system starts").isEqualTo("active");
            }
        }
    }

    /** What the system says of itself: its open ports and its people. */
    private void assertFacts(SoftAssertions whole) {
        JsonNode facts = json.get("facts");
        JsonNode firewall = facts.get("firewall");
        whole.assertThat(json.get("ports"))
                .as("open ports")
                .isEqualTo(firewall.get("enabled").booleanValue() ? firewall.get("tcp") : NullNode.getInstance());
        Set<String> people = StreamSupport.stream(
                        facts.get("users").properties().spliterator(), false)
                .filter(user -> user.getValue().get("normal").booleanValue())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        whole.assertThat(strings("people")).as("people").containsExactlyInAnyOrderElementsOf(people);
    }

    /** All of it would hide what a failure is about. */
    @Override
    public String toString() {
        return current() + ", operations at work: " + operations();
    }

    private String text(String member) {
        return json.get(member).stringValue();
    }

    private List<String> strings(String member) {
        return strings(json.get(member));
    }

    private static List<String> strings(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::stringValue)
                .toList();
    }

    private static String program() {
        try (InputStream text = BoxFacts.class.getResourceAsStream("/drills/facts.py")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
