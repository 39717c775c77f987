package dev.croft;

import dev.croft.support.FakeBox;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** The console on a box in memory, for work on the screens: {@code mvn spring-boot:test-run}. */
public final class DemoConsole {

    private DemoConsole() {}

    public static void main(String[] args) {
        SpringApplication.from(CroftApplication::main).with(BoxInMemory.class).run(args);
    }

    @TestConfiguration(proxyBeanMethods = false)
    static class BoxInMemory {

        @Bean
        @Primary
        FakeBox box(Clock clock) {
            FakeBox box = new FakeBox(clock);
            box.lineDelayMillis(150);
            box.linesPerOperation(8);
            return box;
        }
    }
}
