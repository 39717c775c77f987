package dev.croft.telemetry.internal;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Binds this module's properties. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TelemetryProperties.class)
class TelemetryConfiguration {

    @Bean
    Room room(TelemetryProperties properties) {
        return Room.of(properties.memory());
    }
}
