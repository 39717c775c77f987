package dev.croft.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/**
 * The whole console on a box in memory and an empty database, behind a real port. All classes with this annotation share one console,
 * so that they start in no time; each makes its own names.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Import(BoxInMemory.class)
@TestPropertySource(
        properties = {
            "croft.data=target/test-data/console",
            "spring.datasource.url=jdbc:h2:mem:console;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
            // Without the front end's bundle, which these tests do not need.
            "vaadin.productionMode=true",
            "croft.operations.flush=10ms",
            "croft.operations.busy-pause=20ms",
            "croft.operations.reattach-first=20ms",
            "croft.operations.reattach-most=100ms",
            "croft.fleet.heartbeat=1h"
        })
public @interface ConsoleTest {}
