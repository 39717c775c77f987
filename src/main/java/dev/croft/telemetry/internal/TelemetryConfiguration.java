package dev.croft.telemetry.internal;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

/** Binds this module's properties. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TelemetryProperties.class)
class TelemetryConfiguration {

    @Bean
    Room room(TelemetryProperties properties) {
        return Room.of(properties.memory());
    }

    @Bean
    History history(TelemetryProperties properties, @Value("${croft.data}") Path data) {
        return new History(data.resolve("history"), properties.measures() ? properties.history() : DataSize.ofBytes(0));
    }
}
