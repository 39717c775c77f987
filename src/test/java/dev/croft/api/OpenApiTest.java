package dev.croft.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.support.Console;
import dev.croft.support.Http;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Holds the description that is served to the controllers; {@code -Dgolden=update} writes it anew. */
class OpenApiTest {

    private static final Path KEPT = Path.of("src/main/resources/dev/croft/api/internal/openapi.json");
    private static final String GENERATED = "/v3/api-docs/generated";

    @Test
    void theKeptDescriptionIsThatOfTheControllers(@TempDir Path data) throws IOException {
        try (Console console = Console.start(
                data,
                "--springdoc.api-docs.enabled=true",
                "--springdoc.api-docs.path=" + GENERATED,
                "--springdoc.paths-to-match=/api/v1/**",
                "--springdoc.writer-with-order-by-keys=true")) {
            Http nobody = Http.anonymous(console.port());
            String generated = described((ObjectNode) nobody.get(GENERATED).json());
            if ("update".equals(System.getProperty("golden"))) {
                Files.createDirectories(KEPT.getParent());
                Files.writeString(KEPT, generated);
            }

            assertThat(Files.readString(KEPT))
                    .as("The API changed; run this test with -Dgolden=update and look at the difference.")
                    .isEqualTo(generated);
        }
    }

    private static String described(ObjectNode document) {
        ObjectNode info = document.putObject("info");
        info.put("title", "Croft");
        info.put("version", "v1");
        info.put(
                "description",
                "The same use cases as the screens. Errors are problem documents (RFC 9457) with code, what, why and next.");
        document.putArray("servers").addObject().put("url", "/");
        ObjectNode token =
                document.withObject("components").withObject("securitySchemes").putObject("token");
        token.put("type", "http");
        token.put("scheme", "bearer");
        token.put("description", "An API token of the operator: croft_…");
        document.putArray("security").addObject().putArray("token");
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n";
    }
}
