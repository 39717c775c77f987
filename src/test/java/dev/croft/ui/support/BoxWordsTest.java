package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What this version's box says is known here, text by text; what is not stays as it was said. */
class BoxWordsTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Prints a JSON array of the literals of each file: {@code {}} stands for a value, and what stands inside of one is its own. */
    private static final String LITERALS = """
            import ast, json, sys
            found = []
            for path in sys.argv[1:]:
                tree = ast.parse(open(path, encoding="utf-8").read())
                documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
                pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
                for node in ast.walk(tree):
                    if id(node) in documentation or id(node) in pieces:
                        continue
                    if isinstance(node, ast.JoinedStr):
                        found.append("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
                    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                        found.append(node.value)
            print(json.dumps(found))
            """;

    /** Two words that follow each other; single ones are ids, names and states. */
    private static final Pattern WORDS = Pattern.compile(".*\\p{L}{2,},? \\p{L}{2,}.*");

    /** For programs: what is looked for in a journal and in a table of mounts, and what Nix calls its features. */
    private static final Set<String> NOT_FOR_PEOPLE =
            Set.of("--grep=Server responded with a certificate", "nix-command flakes", "/sys/fs/cgroup cgroup2");

    private UI page;

    @BeforeEach
    void aGermanPage() {
        page = new UI();
        page.setLocale(Locale.GERMAN);
        UI.setCurrent(page);
    }

    @AfterEach
    void noPage() {
        UI.setCurrent(null);
    }

    @Test
    void everyTextOfTheHelpersChecksIsKnown() throws IOException, InterruptedException {
        List<String> literals = literals();
        assertThat(literals).hasSizeGreaterThan(200);

        assertThat(literals.stream()
                        .map(String::strip)
                        .filter(each -> WORDS.matcher(each).matches() && !NOT_FOR_PEOPLE.contains(each))
                        .filter(each -> spoken(each)
                                .noneMatch(said -> BoxWords.known(said).isPresent())))
                .as("Add these to BoxWords and translate them")
                .isEmpty();
    }

    /** As a box would say it with some value; one that begins or ends with a value may stand for a sentence of its own there. */
    private static Stream<String> spoken(String literal) {
        String withValues = literal.replace("{}", "x");
        return Stream.of(
                withValues,
                "x " + withValues,
                literal.replaceFirst("^\\{} ?", "").replace("{}", "x"));
    }

    @Test
    void whatABoxAnsweredIsKnownWithItsValues() throws IOException {
        var unknown = new ArrayList<String>();
        for (String transcript : List.of("probe", "certificate-check")) {
            for (String line : Files.readAllLines(Path.of("src/test/resources/transcripts", transcript + ".jsonl"))) {
                for (JsonNode check : JSON.readTree(line).at("/frame/result/checks")) {
                    for (String field : List.of("/found", "/wanted", "/why", "/next", "/fix/label")) {
                        String said = check.at(field).asString("");
                        if (WORDS.matcher(said).matches() && BoxWords.of(said).equals(said)) {
                            unknown.add(check.path("id").asString() + field + ": " + said);
                        }
                    }
                }
            }
        }
        // names of Nix's features, of cgroup's controllers and of releases
        assertThat(unknown)
                .allMatch(each -> each.matches("(flakes|controllers|nix|os|acme-server)/(found|wanted): .*"));
    }

    @Test
    void listsAndSentencesAreToldPartByPart() {
        assertThat(BoxWords.of(
                        "80: nothing listens, closed in the firewall; 443: something listens, open in the firewall"
                                + " (Croft opens both with the first app that has a domain); from here nobody can tell what a router"
                                + " in front lets through"))
                .isEqualTo("80: nichts lauscht, in der Firewall geschlossen; 443: etwas lauscht, in der Firewall offen"
                        + " (Croft öffnet beide mit der ersten App, die eine Domain hat); was ein Router davor durchlässt, weiß von"
                        + " hier niemand");
        assertThat(BoxWords.of("https://a.example answers, https://b.example has no address"))
                .isEqualTo("https://a.example antwortet, https://b.example hat keine Adresse");
        assertThat(BoxWords.of("ed25519, 300 days old; rsa, a day old"))
                .isEqualTo("ed25519, 300 Tage alt; rsa, einen Tag alt");
        assertThat(BoxWords.of(
                        "There is no such name. Add an A or AAAA record with the box's address. The box itself only has"
                                + " private addresses."))
                .isEqualTo(
                        "Diesen Namen gibt es nicht. Legen Sie einen A- oder AAAA-Eintrag mit der Adresse der Box an. Die Box"
                                + " selbst hat nur private Adressen.");
        assertThat(BoxWords.of("5.7 GiB to spare, of 7.6 GiB and no swap"))
                .isEqualTo("5,7 GiB übrig, von 7,6 GiB und kein Swap");
    }

    @Test
    void whyARecordOfMailIsMissingAndWhyThereIsNoFlakeIsTold() {
        assertThat(BoxWords.of("198.51.100.7, 2001:db8::7 is not this box."))
                .isEqualTo("198.51.100.7, 2001:db8::7 ist nicht diese Box.");
        assertThat(BoxWords.of("There is more than one such record, and then none counts. Make one of them."))
                .isEqualTo("Es gibt mehr als einen solchen Eintrag, und dann zählt keiner. Machen Sie einen daraus.");
        assertThat(BoxWords.of("mx.other.example gets mail, too.")).isEqualTo("mx.other.example bekommt auch Mail.");
        assertThat(BoxWords.of("/var/lib/croft/flake is not a git repository with a branch main."))
                .isEqualTo("/var/lib/croft/flake ist kein Git-Repository mit einem Branch main.");
    }

    @Test
    void whatNobodyHasTranslatedStaysAsItWasSaid() {
        for (String said : List.of(
                "degraded",
                "6.18.0",
                "",
                "The newest box says this, in words of its own.",
                "curl: (6) Could not resolve host: ca.example",
                "free ".repeat(500) + "free")) {
            assertThat(BoxWords.of(said)).isEqualTo(said);
        }
    }

    private static List<String> literals() throws IOException, InterruptedException {
        Path sources = Path.of("host-setup/helper/croft_hostd");
        var command = new ArrayList<>(List.of("python3", "-c", LITERALS));
        try (Stream<Path> files = Files.list(sources)) {
            files.filter(file ->
                            file.getFileName().toString().matches("probe[a-z]+\\.py|domaincheck\\.py|maildns\\.py"))
                    .sorted()
                    .forEach(file -> command.add(file.toString()));
        }
        Process python = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor()).as(printed).isZero();
        return List.of(JSON.readValue(printed, String[].class));
    }
}
