package dev.croft.support;

import dev.croft.CroftApplication;
import dev.croft.access.Accounts;
import dev.croft.access.ActingAs;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.desired.AppSpec;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/** A whole console on boxes in memory: one that tests share, or one that a test kills and starts again on the same directory. */
public final class Console implements AutoCloseable {

    public static final Operator ANNA = new Operator("anna", "anna@croft.invalid", Role.ADMIN);
    public static final SecretText PASSWORD = SecretText.of("correct horse battery");

    private static final FakeFleet FLEET = new FakeFleet();
    private static final AtomicInteger BOXES = new AtomicInteger();

    private final ConfigurableApplicationContext context;

    private Console(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Starting takes seconds, so tests that leave it as they found it share one. It ends with the JVM. */
    private static final class Shared {
        private static final Console CONSOLE = startShared();

        private static Console startShared() {
            try {
                Path data = Files.createTempDirectory("croft-test");
                return start(
                        data,
                        "--spring.datasource.url=jdbc:h2:mem:shared;MODE=PostgreSQL;"
                                + "DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE;DB_CLOSE_DELAY=-1");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static Console shared() {
        return Shared.CONSOLE;
    }

    /** With an administrator, unless the data directory has one already. */
    public static Console start(Path data, String... more) {
        return withAdministrator(startEmpty(data, more));
    }

    private static Console withAdministrator(Console console) {
        if (console.get(Accounts.class).isEmpty()) {
            console.get(Accounts.class).createFirstAdministrator(ANNA.name(), PASSWORD);
        }
        return console;
    }

    public static Console startEmpty(Path data, String... more) {
        return startEmpty(data, Clock.systemUTC(), more);
    }

    /** With an administrator, and on the test's own time. */
    public static Console start(Path data, Clock clock, String... more) {
        return withAdministrator(startEmpty(data, clock, more));
    }

    public static Console startEmpty(Path data, Clock clock, String... more) {
        // Each property once: a repeated one would become a list.
        Map<String, String> properties = new LinkedHashMap<>();
        Stream.concat(
                        Stream.of(
                                "--croft.data=" + data,
                                "--server.port=0",
                                // The front end's bundle is not built for these tests, and not needed.
                                "--vaadin.productionMode=true",
                                "--croft.operations.flush=5ms",
                                "--croft.operations.busy-pause=10ms",
                                "--croft.operations.reattach-first=10ms",
                                "--croft.operations.reattach-most=50ms",
                                "--croft.fleet.heartbeat=1h",
                                "--croft.maintenance.round=1h",
                                // For the one test that wants it: a subscription for each box would be heard of by all
                                // the others.
                                "--croft.telemetry.interval=0s",
                                "--croft.alerts.round=0s",
                                "--croft.maintenance.settle=10ms",
                                // Only the test that writes the API's description wants it.
                                "--springdoc.api-docs.enabled=false",
                                "--logging.level.root=error"),
                        Stream.of(more))
                .forEach(property -> properties.put(property.substring(0, property.indexOf('=')), property));
        TestDatabase.apply(data, properties);
        return new Console(new SpringApplicationBuilder(CroftApplication.class)
                .initializers(context -> {
                    var beans = (GenericApplicationContext) context;
                    beans.registerBean("boxes", HostLink.class, () -> FLEET, definition -> definition.setPrimary(true));
                    beans.registerBean(
                            "timeOfTheTest", Clock.class, () -> clock, definition -> definition.setPrimary(true));
                    beans.getBeanFactory().registerSingleton("onlyTheProduct", new OnlyTheProduct());
                })
                .run(properties.values().toArray(String[]::new)));
    }

    /** Classes of tests lie in the same packages as the product, but are no part of it. */
    private static final class OnlyTheProduct extends TypeExcludeFilter {

        @Override
        public boolean match(MetadataReader type, MetadataReaderFactory factory) throws IOException {
            return type.getResource().getURL().getPath().contains("/test-classes/");
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof OnlyTheProduct;
        }

        @Override
        public int hashCode() {
            return OnlyTheProduct.class.hashCode();
        }
    }

    /** A box that answers, at an address of its own; not enrolled. */
    public static HostEndpoint place(FakeBox box) {
        return place(box, "10.213.0." + BOXES.incrementAndGet());
    }

    public static HostEndpoint place(FakeBox box, String address) {
        HostEndpoint endpoint = new HostEndpoint(address, 22, "croft-host", FakeBox.FINGERPRINT);
        FLEET.add(endpoint, box);
        return endpoint;
    }

    public static FakeBox newBox() {
        return new FakeBox(Clock.systemUTC());
    }

    /** Enrols a box under a name that no other test has. */
    public HostName enrol(FakeBox box) {
        HostEndpoint endpoint = place(box);
        HostName name = new HostName("box-" + BOXES.get());
        asAnna(() -> get(Hosts.class).enrol(name, endpoint));
        return name;
    }

    public <T> T get(Class<T> type) {
        return context.getBean(type);
    }

    public ConfigurableApplicationContext context() {
        return context;
    }

    public <T> T asAnna(Supplier<T> work) {
        return get(ActingAs.class).call(ANNA, work);
    }

    public <T> T as(Role role, Supplier<T> work) {
        return get(ActingAs.class).call(new Operator(ANNA.name(), ANNA.email(), role), work);
    }

    public int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    /** The smallest app there is. */
    public static AppSpec site(String ref) {
        return site(ref, 8080);
    }

    public static AppSpec site(String ref, int port) {
        return AppSpec.of(
                new AppSpec.Source("git", "https://git.example/blog.git", ref, null, null),
                new AppSpec.Build("static"),
                new AppSpec.Run(List.of(), port, Map.of()));
    }

    @Override
    public void close() {
        context.close();
    }
}
