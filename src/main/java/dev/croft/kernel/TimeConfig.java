package dev.croft.kernel;

import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The only place that names the system clock, so that tests can bring their own time; and where the console may connect to. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(Outgoing.class)
public class TimeConfig {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
