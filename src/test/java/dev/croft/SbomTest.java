package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bill of materials that the program carries, META-INF/sbom/application.cdx.json: what is in it is there, what is for tests is not. */
class SbomTest {

    private static final Pattern DEPENDENCY = Pattern.compile(
            "<dependency>\\s*<groupId>([^<]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>(.*?)</dependency>",
            Pattern.DOTALL);

    @Test
    void namesWhatTheProgramIsMadeOfWithVersionAndDigest() throws IOException {
        Set<String> named = new TreeSet<>();
        JsonNode bill = bill();
        for (JsonNode component : bill.path("components")) {
            named.add(component.path("group").asString() + ":"
                    + component.path("name").asString());
            assertThat(component.path("version").asString())
                    .as(component.path("name").asString())
                    .isNotBlank();
            assertThat(component.path("hashes").size())
                    .as(component.path("name").asString())
                    .isPositive();
            assertThat(component.path("licenses").isMissingNode())
                    .as(component.path("name").asString())
                    .isFalse();
        }

        assertThat(bill.path("bomFormat").asString()).isEqualTo("CycloneDX");
        assertThat(named)
                .hasSizeGreaterThan(80)
                .contains(
                        "org.springframework.security:spring-security-web",
                        "org.apache.tomcat.embed:tomcat-embed-core",
                        "com.vaadin:flow-server")
                .containsAll(dependencies(false))
                .doesNotContainAnyElementsOf(dependencies(true));
    }

    /** Of pom.xml, those for tests alone or the others. */
    private static Set<String> dependencies(boolean forTests) throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String ours = pom.substring(pom.indexOf("</dependencyManagement>"), pom.indexOf("<build>"));
        return DEPENDENCY
                .matcher(ours)
                .results()
                .filter(each -> each.group(3).contains("<scope>test</scope>") == forTests)
                .map(each -> each.group(1) + ":" + each.group(2))
                .collect(Collectors.toSet());
    }

    private static JsonNode bill() throws IOException {
        try (InputStream bill = SbomTest.class.getResourceAsStream("/META-INF/sbom/application.cdx.json")) {
            return JsonMapper.shared().readTree(bill);
        }
    }
}
