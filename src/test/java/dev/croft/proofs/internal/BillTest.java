package dev.croft.proofs.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.cyclonedx.Version;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bills of materials, against the formats' own schemas. */
class BillTest {

    private static final String APP = "0".repeat(32) + "-croft-app-shop-bfc470136e78";
    private static final String GLIBC = "1".repeat(32) + "-glibc-2.40-66";
    private static final String PLAIN = "2".repeat(32) + "-gtk+hook.sh";
    private static final Closure CLOSURE = new Closure(
            "a".repeat(64),
            List.of(0),
            300,
            List.of(
                    new Part(APP, "croft-app-shop", "bfc470136e78", 100, 300, "b".repeat(64), false, List.of(1, 2)),
                    new Part(GLIBC, "glibc", "2.40-66", 150, 150, "c".repeat(64), true, List.of()),
                    new Part(PLAIN, "gtk+hook.sh", "", 50, 50, null, false, List.of(1))));
    private static final Instant NOW = Instant.parse("2026-05-04T12:00:00.123456Z");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isCycloneDxAsItsSchemaWantsIt(boolean app) throws IOException, ParseException {
        byte[] written = new Bill("shop", app, CLOSURE, NOW).cycloneDx().getBytes(StandardCharsets.UTF_8);

        assertThat(new JsonParser().validate(written, Version.VERSION_16)).isEmpty();
        Bom bill = new JsonParser().parse(written);
        assertThat(bill.getMetadata().getComponent().getName()).isEqualTo("shop");
        assertThat(bill.getComponents())
                .extracting(Component::getBomRef, Component::getVersion, Component::getPurl)
                .containsExactly(
                        tuple(APP, "bfc470136e78", "pkg:nix/croft-app-shop@bfc470136e78"),
                        tuple(GLIBC, "2.40-66", "pkg:nix/glibc@2.40-66"),
                        tuple(PLAIN, null, "pkg:nix/gtk%2Bhook.sh"));
        assertThat(bill.getComponents().getFirst().getHashes().getFirst().getValue())
                .isEqualTo("b".repeat(64));
        assertThat(bill.getDependencies())
                .filteredOn(each -> each.getRef().equals(APP))
                .singleElement()
                .satisfies(each ->
                        assertThat(each.getDependencies()).extracting("ref").containsExactly(GLIBC, PLAIN));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isSpdxAsItsSchemaWantsIt(boolean app) throws IOException {
        var json = new ObjectMapper();
        JsonNode document = json.readTree(new Bill("shop", app, CLOSURE, NOW).spdx());
        try (InputStream schema =
                Objects.requireNonNull(getClass().getResourceAsStream("/sbom/spdx-2.3.schema.json"))) {
            assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V201909)
                            .getSchema(json.readTree(schema))
                            .validate(document))
                    .isEmpty();
        }
        assertThat(document.path("packages")).hasSize(4);
        assertThat(document.path("relationships")).hasSize(5);
        assertThat(document.path("relationships")
                        .get(0)
                        .path("relationshipType")
                        .asText())
                .isEqualTo("DESCRIBES");
        assertThat(document.path("creationInfo").path("created").asText()).isEqualTo("2026-05-04T12:00:00Z");
    }

    @Test
    void theSchemaFindsWhatIsWrong() throws IOException {
        byte[] wrong = new Bill("shop", true, CLOSURE, NOW)
                .cycloneDx()
                .replace("SHA-256", "SHA-255")
                .getBytes(StandardCharsets.UTF_8);
        assertThat(new JsonParser().validate(wrong, Version.VERSION_16)).isNotEmpty();
    }

    @Test
    void theSameContentsHaveTheSameNumberAndOthersAnother() {
        String one = new Bill("shop", true, CLOSURE, NOW).cycloneDx();
        assertThat(new Bill("shop", true, CLOSURE, NOW).cycloneDx()).isEqualTo(one);
        Closure other = new Closure("b".repeat(64), CLOSURE.roots(), 300, CLOSURE.parts());
        assertThat(new Bill("shop", true, other, NOW).cycloneDx()).isNotEqualTo(one);
    }
}
