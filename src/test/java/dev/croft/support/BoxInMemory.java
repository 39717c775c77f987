package dev.croft.support;

import java.time.Clock;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** Puts a {@link FakeBox} in the place of every real one. */
@TestConfiguration(proxyBeanMethods = false)
public class BoxInMemory {

    @Bean
    @Primary
    FakeBox box(Clock clock) {
        return new FakeBox(clock);
    }
}
