package dev.croft.ui.demo;

import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Sixty deployments of the blog. */
public class DemoAudit implements Audit {

    private static final Phrase DEPLOYED =
            Phrase.of("{0}: {1}", "blog", Phrase.of("{0} {1} → {2}", Phrase.of("memory limit"), "512M", "1G"));

    private final Clock clock;

    DemoAudit(Clock clock) {
        this.clock = clock;
    }

    @Override
    public List<AuditEntry> list(Filter filter, @Nullable Long before, int limit) {
        long newest = before == null ? 60 : before - 1;
        return LongStream.iterate(newest, each -> each > 0, each -> each - 1)
                .limit(limit)
                .mapToObj(this::entry)
                .filter(entry -> filter.who() == null || filter.who().equals(entry.who()))
                .toList();
    }

    private AuditEntry entry(long sequence) {
        return new AuditEntry(
                sequence,
                clock.instant(),
                sequence % 2 == 0 ? "anna" : "bob",
                "browser:1",
                "192.0.2.7",
                "Operations.deploy",
                new HostName("attic"),
                new AppName("blog"),
                null,
                "Deploy blog",
                List.of(DEPLOYED.english()),
                List.of(DEPLOYED),
                null,
                null,
                null,
                "done",
                "0".repeat(64));
    }

    @Override
    public void export(Filter filter, Consumer<AuditEntry> out) {
        list(filter, null, 60).forEach(out);
    }

    @Override
    public Verification verify() {
        return new Verification(60, "0".repeat(64), List.of());
    }
}
