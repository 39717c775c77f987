package dev.croft.ui.demo;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.proofs.BillFormat;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import dev.croft.proofs.Proofs;
import dev.croft.proofs.Verification;
import dev.croft.proofs.Verification.Difference;
import dev.croft.proofs.Verification.Outcome;
import dev.croft.proofs.Verification.Output;
import dev.croft.proofs.Verification.Side;
import dev.croft.proofs.Verification.Verdict;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A closure of 3000 paths, as a real box has; and an app that notes when it was built. */
public class DemoProofs implements Proofs {

    public static final int PARTS = 3000;

    private final Operations operations;
    private final Clock clock;
    private @Nullable Verdict verdict;
    private boolean current = true;

    DemoProofs(Operations operations, Clock clock) {
        this.operations = operations;
        this.clock = clock;
    }

    /** What the last verification found; null: there was none. */
    public void found(@Nullable Verdict verdict, boolean current) {
        this.verdict = verdict;
        this.current = current;
    }

    @Override
    public Closure closure(HostName host, @Nullable AppName app) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < PARTS; i++) {
            String name = i == 0 ? "croft-app-shop" : i == 1 ? "glibc" : "package-" + i;
            String version = i == 0 ? "bfc470136e78" : i == 1 ? "2.40-66" : "1." + i;
            List<Integer> needs = i == 1
                    ? List.of()
                    : i == 0 ? List.of(1, 2, 3) : i + 500 < PARTS ? List.of(1, i + 500, i + 1) : List.of(1);
            parts.add(new Part(
                    String.format("%032d", i) + "-" + name + "-" + version,
                    name,
                    version,
                    1000L * (i + 1),
                    2000L * (i + 1),
                    null,
                    i > 0,
                    needs));
        }
        return new Closure("0".repeat(64), List.of(0), 4_501_500_000L, parts);
    }

    @Override
    public List<List<Part>> ways(HostName host, @Nullable AppName app, String path) {
        return List.of();
    }

    @Override
    public String bill(HostName host, @Nullable AppName app, BillFormat format) {
        return format == BillFormat.SPDX ? "{\"spdxVersion\":\"SPDX-2.3\"}" : "{\"bomFormat\":\"CycloneDX\"}";
    }

    @Override
    public Operation verify(HostName host, @Nullable AppName app) {
        return operations.verify(host, app);
    }

    @Override
    public Optional<Standing> standing(HostName host, @Nullable AppName app) {
        if (verdict == null) {
            return Optional.empty();
        }
        boolean differs = verdict == Verdict.DIFFERS;
        var built = new Difference(
                "share/built",
                "changed",
                new Side("file", 20, "a".repeat(64)),
                new Side("file", 20, "b".repeat(64)),
                "-built at 12:00:00\n+built at 12:00:09");
        var output = new Output(
                "/nix/store/" + "0".repeat(32) + "-dated-app",
                "/nix/store/x.drv",
                Outcome.DIFFERS,
                null,
                List.of(built),
                false);
        return Optional.of(new Standing(
                new Verification(
                        new OperationId("01jtest0000000000000000001"),
                        clock.instant(),
                        verdict,
                        "0".repeat(64),
                        PARTS,
                        4_501_500_000L,
                        2990,
                        verdict == Verdict.DAMAGED ? List.of("/nix/store/" + "0".repeat(32) + "-changed") : List.of(),
                        9,
                        differs ? 1 : 0,
                        0,
                        differs ? List.of(output) : List.of()),
                current));
    }
}
