package dev.croft.ui.demo;

import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.setup.Setup;
import java.time.Instant;
import java.util.Optional;

public class DemoSetup implements Setup {

    private final DemoWorld world;

    DemoSetup(DemoWorld world) {
        this.world = world;
    }

    @Override
    public Status status() {
        return new Status(world.administrator() != null, offered().orElse(null));
    }

    @Override
    public boolean checkClaim(SecretText claim) {
        return claim.reveal().equals(DemoWorld.CLAIM);
    }

    @Override
    public Result complete(SecretText claim, String username, SecretText password) {
        if (!checkClaim(claim)) {
            throw Problem.of(
                            ProblemCode.CLAIM_INVALID,
                            "No account was made.",
                            "The claim is not the one that was printed.",
                            "Run ./croft up again and open the link it prints.")
                    .toException();
        }
        world.claim(username, password.reveal());
        return new Result(
                new Operator(username, username + "@croft.invalid", Role.ADMIN), world.host(), DemoVault.RECOVERY);
    }

    @Override
    public Scripted completeByScript(SecretText claim, String username, SecretText password) {
        return new Scripted(
                complete(claim, username, password),
                SecretText.of("croft_demo"),
                Instant.parse("2026-11-21T18:00:00Z"));
    }

    @Override
    public Optional<OfferedHost> offered() {
        return Optional.of(new OfferedHost(DemoWorld.BOX, world.host().endpoint()));
    }
}
