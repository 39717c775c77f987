package dev.croft.api.internal;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.SecretText;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/** How the API writes its values and describes itself. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ApiProperties.class)
class ApiConfiguration {

    private static final String TOKEN = "token";

    /** Names and ids are plain strings in JSON; a secret that gets there by mistake shows its mask. */
    @Bean
    JacksonModule kernelValues() {
        return new SimpleModule("croft-kernel")
                .addSerializer(HostName.class, ToStringSerializer.instance)
                .addSerializer(AppName.class, ToStringSerializer.instance)
                .addSerializer(OperationId.class, ToStringSerializer.instance)
                .addSerializer(SecretText.class, ToStringSerializer.instance)
                .addDeserializer(SecretText.class, new SecretTextReader());
    }

    private static final class SecretTextReader extends StdScalarDeserializer<SecretText> {

        SecretTextReader() {
            super(SecretText.class);
        }

        @Override
        public SecretText deserialize(JsonParser parser, DeserializationContext context) {
            return SecretText.of(parser.getValueAsString(""));
        }
    }

    @Bean
    FilterRegistrationBean<BodyLimitFilter> bodyLimit(ApiProperties properties) {
        var registration = new FilterRegistrationBean<>(new BodyLimitFilter(properties.bodyMost()));
        registration.addUrlPatterns("/api/*");
        return registration;
    }

    @Bean
    OpenAPI description(@Value("${croft.version}") String version) {
        return new OpenAPI()
                .info(new Info()
                        .title("Croft")
                        .version(version)
                        .description(
                                "The same use cases as the screens. Errors are problem documents (RFC 9457) with code,"
                                        + " what, why and next."))
                .components(new Components()
                        .addSecuritySchemes(
                                TOKEN,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .description("An API token of the operator: croft_…")))
                .addSecurityItem(new SecurityRequirement().addList(TOKEN));
    }
}
