package dev.croft.ui.demo;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.setup.Enrolment;

/** A command as the real one looks. */
public class DemoEnrolment implements Enrolment {

    @Override
    public Source source() {
        return new Source(new byte[0], "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    @Override
    public Instructions instructions(String console) {
        if (!console.startsWith("http")) {
            throw Problem.of(ProblemCode.INVALID_INPUT, "There is no command yet.", "console: no address.", "Write it.")
                    .toException();
        }
        String command =
                "sudo nix run 'tarball+" + console + "enrol/croft.tar.gz#enrol' -- --key 'ssh-ed25519 AAAA croft'";
        return new Instructions(command, command + " --import", "ssh-ed25519 AAAA croft");
    }
}
