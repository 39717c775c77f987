package dev.croft.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.kernel.NixArchive;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.running.Command;
import dev.croft.setup.Enrolment.Instructions;
import dev.croft.support.Console;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a box is enrolled with: the same for everybody, named by the hash that Nix has for it. */
class EnrolmentTest {

    private final Console console = Console.shared();

    /** The hash of this tree was printed by {@code nix hash path}. */
    @Test
    void hashesATreeAsNixDoes(@TempDir Path tree) throws IOException {
        Files.createDirectories(tree.resolve("b"));
        Files.writeString(tree.resolve("a"), "hello\n");
        Files.writeString(tree.resolve("b/run"), "#!/bin/sh\ntrue\n");
        assertThat(tree.resolve("b/run").toFile().setExecutable(true)).isTrue();
        Files.createDirectories(tree.resolve("empty"));

        assertThat(NixArchive.of(tree).sri()).isEqualTo("sha256-PPoXDV0fqvGVCZRhpdSCRBpLsUG7036QYrmIwprWEyE=");
    }

    @Test
    void anybodyGetsTheWholeFlakeAndNothingElse(@TempDir Path directory) throws Exception {
        Path archive = directory.resolve("croft.tar.gz");
        HttpResponse<Path> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + console.port() + "/enrol/croft.tar.gz?dir=nix"))
                                .build(),
                        BodyHandlers.ofFile(archive));
        assertThat(answer.statusCode()).isEqualTo(200);

        Path unpacked = Files.createDirectories(directory.resolve("unpacked"));
        Command.run(Duration.ofMinutes(1), "tar", "-xzf", archive.toString(), "-C", unpacked.toString())
                .orFail();

        assertThat(NixArchive.of(unpacked).sri())
                .isEqualTo(console.get(Enrolment.class).source().narHash());
        assertThat(files(unpacked)).isEqualTo(tracked());
        assertThat(Files.isExecutable(unpacked.resolve("host-setup/enrol/enrol")))
                .isTrue();
    }

    @Test
    void isTheSameBytesEachTime() {
        byte[] first = console.get(Enrolment.class).source().content();

        assertThat(console.get(Enrolment.class).source().content()).isEqualTo(first);
        // neither the time nor the name of a file in the header of gzip
        assertThat(first[3]).isZero();
        assertThat(new byte[] {first[4], first[5], first[6], first[7]}).containsOnly(0);
    }

    @Test
    void theCommandNamesTheHashAndTheConsolesKey() {
        Instructions told = instructions("http://10.0.0.7:8080");

        assertThat(told.command())
                .startsWith("sudo nix run --extra-experimental-features 'nix-command flakes'"
                        + " 'tarball+http://10.0.0.7:8080/enrol/croft.tar.gz?dir=nix&narHash=sha256-")
                .contains("#enrol' -- --key 'ssh-ed25519 ")
                .endsWith(" croft'");
        assertThat(told.importing()).isEqualTo(told.command() + " --import");
        assertThat(instructions("https://attic.example/croft/").command())
                .contains("'tarball+https://attic.example/croft/enrol/croft.tar.gz?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "attic",
                "ftp://attic",
                "http://attic/'; rm -rf /;'",
                "http://attic/$(id)",
                "http://attic/?x=1",
                "http://a b/",
                "https://user:secret@attic/"
            })
    void anAddressThatAShellCouldMistakeGetsNoCommand(String address) {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> instructions(address));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT);
    }

    private Instructions instructions(String address) {
        return console.asAnna(() -> console.get(Enrolment.class).instructions(address));
    }

    /** With their modes: a program that is none on the box would not run. */
    private static TreeSet<String> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> (Files.isExecutable(file) ? "100755 " : "100644 ") + root.relativize(file))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static TreeSet<String> tracked() {
        return Command.run(
                        Duration.ofMinutes(1),
                        "git",
                        "ls-files",
                        "--stage",
                        "nix",
                        "host-setup/host",
                        "host-setup/helper",
                        "host-setup/enrol")
                .orFail()
                .out()
                .lines()
                .map(line -> line.split("[ \t]", 4))
                .map(words -> List.of(words[0], words[3]))
                .filter(words ->
                        !words.get(1).startsWith("nix/tests/") && !words.get(1).startsWith("host-setup/helper/tests/"))
                .map(words -> String.join(" ", words))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
