package dev.croft.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SecretTextTest {

    private static final String PLAIN = "correct horse battery staple";

    record SignIn(String name, SecretText password) {}

    private final SecretText secret = SecretText.of(PLAIN);
    private final JsonMapper json = JsonMapper.builder().build();

    @Test
    void printsAMaskAloneAndInsideARecord() {
        assertThat(secret).hasToString("••••••");
        assertThat(new SignIn("anna", secret).toString()).doesNotContain(PLAIN);
    }

    @Test
    void jsonShowsAMaskWhereverTheSecretIs() {
        assertThat(json.writeValueAsString(secret)).isEqualTo("\"••••••\"");
        assertThat(json.writeValueAsString(new SignIn("anna", secret)))
                .isEqualTo("{\"name\":\"anna\",\"password\":\"••••••\"}");
        assertThat(json.writeValueAsString(List.of(Map.of("key", secret)))).doesNotContain(PLAIN);
        assertThat(json.writeValueAsString(Map.of(secret, 1))).doesNotContain(PLAIN);
    }

    @Test
    void jsonOfAPersonIsRead() {
        SignIn read = json.readValue("{\"name\":\"anna\",\"password\":\"" + PLAIN + "\"}", SignIn.class);

        assertThat(read.password().reveal()).isEqualTo(PLAIN);
    }

    @Test
    void equalityIsByValue() {
        assertThat(secret).isEqualTo(SecretText.of(PLAIN)).hasSameHashCodeAs(SecretText.of(PLAIN));
        assertThat(secret).isNotEqualTo(SecretText.of("other"));
    }
}
