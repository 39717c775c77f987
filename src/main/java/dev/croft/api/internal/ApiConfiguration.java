package dev.croft.api.internal;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/** How the API writes its values. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ApiProperties.class)
class ApiConfiguration {

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
    WebMvcConfigurer callLimit(ApiProperties properties, Clock clock) {
        var limit = new CallLimit(properties, clock);
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(limit).addPathPatterns("/api/**");
            }
        };
    }

    @Bean
    FilterRegistrationBean<BodyLimitFilter> bodyLimit(ApiProperties properties) {
        var registration = new FilterRegistrationBean<>(new BodyLimitFilter(properties.bodyMost()));
        registration.addUrlPatterns("/api/*");
        return registration;
    }
}
