package dev.croft.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.Command;
import dev.croft.running.Croft;
import dev.croft.running.GitServer;
import dev.croft.running.HeldFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The console and the box that all drills share, with an app whose versions can be told apart and held back. */
final class DrillBox implements AutoCloseable {

    static final String APP = "hello";
    private static final int PORT = 9600;
    /** The console shows how it is this soon after it can know. */
    static final Duration TRUTH = Duration.ofSeconds(10);

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String DISK = "12G";
    private static final String FLAKE = "/var/lib/croft/flake";
    private static final String OPERATIONS = "/var/lib/croft/operations/";
    private static final String DATA = "/var/lib/croft/apps/" + APP + "/";
    private static final String BUILDS = "/usr/local/share/croft-drill/";
    private static final String FILL = "/root/fill";
    /** A binary cache; beside it the keys that it signs with. */
    static final String CACHE = "/root/cache";

    private static final String RULES = "/root/drop.nft";
    private static final String NIX_SETTINGS = "/etc/nix/nix.conf";
    private static final String KEPT = "what people have typed in";
    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final String DRAFT = "sketch";
    private static final JsonMapper JSON = JsonMapper.shared();

    final ClaimedCroft running;
    final Croft croft;
    final Api api;
    final GitServer.Repository repository;
    /** What {@link #CACHE} has. */
    final HeldFiles served;

    private final Map<String, String> versions = new HashMap<>();
    private final TreeSet<String> history = new TreeSet<>();
    private String url = "";
    private String nixSettings = "";
    private int number;

    DrillBox() {
        croft = Croft.fresh("drills");
        croft.sandbox("start", "--blank", "--disk", DISK, "--clock").orFail();
        // So that `up` starts it, and `down` stops it.
        croft.sandbox("stop").orFail();
        running = new ClaimedCroft("drills", croft);
        api = running.api;
        repository = running.git.create(APP);
        served = new HeldFiles(croft.inRoot(CACHE), croft.gateway());
    }

    /** A first version, data that an app has written, and a draft that nobody applies. */
    void settle() {
        String version = nextVersion();
        String id = deploy(GitServer.hello(version));
        assertThat(api.ended(id).get("state").stringValue()).isEqualTo("SUCCEEDED");
        url = running.urlOf(APP);
        write(DATA + "kept", KEPT);
        nixSettings = read(NIX_SETTINGS);
        croft.inBox("nix-store", "--generate-binary-cache-key", "drill", CACHE + ".key", CACHE + ".pub")
                .orFail();
        // There before the disk is full.
        write(BUILDS + "none", "");
        draft();
    }

    String nextVersion() {
        number++;
        return "v" + number;
    }

    // -- operations

    /** Commits a version and asks for its deployment; the operation's id. */
    String deploy(Map<String, String> files) {
        return deploy(files, spec());
    }

    /** The same with another builder than that of the sample. */
    String deploy(Map<String, String> files, String builder) {
        Map<String, Object> spec = spec();
        spec.put("build", Map.of("builder", builder));
        return deploy(files, spec);
    }

    /** The same for a version of which somebody else has built a part: the box fetches that from a binary cache that it trusts. */
    String deployFetched(String version) {
        Map<String, String> files = GitServer.packaged(version);
        String revision = commit(files);
        String built = croft.inBox(
                        "nix",
                        "build",
                        "--no-link",
                        "--print-out-paths",
                        "--no-write-lock-file",
                        "--override-input",
                        "nixpkgs",
                        "path:/usr/share/croft-sandbox/nixpkgs",
                        "git+" + repository.url() + "?rev=" + revision + "#version")
                .orFail()
                .out()
                .strip();
        croft.inBox("nix", "copy", "--to", "file://" + CACHE + "?secret-key=" + CACHE + ".key", built)
                .orFail();
        croft.inBox("nix", "store", "delete", built).orFail();
        write(
                NIX_SETTINGS,
                nixSettings + "extra-substituters = " + served.url() + "\nextra-trusted-public-keys = "
                        + read(CACHE + ".pub") + "\n");
        return deploy(files, "flake");
    }

    /** The same for a version that the box downloads while it evaluates the configuration. */
    String deployEvaluated(String version) {
        String text = version + "\n";
        write(CACHE + "/" + version, text);
        return deploy(GitServer.evaluated(version, served.url() + "/" + version, sha256(text)), "flake");
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The box asks no binary cache any more. */
    void forgetCache() {
        write(NIX_SETTINGS, nixSettings);
    }

    private String deploy(Map<String, String> files, Map<String, Object> spec) {
        commit(files);
        api.put(ClaimedCroft.path(APP), spec).expect(200);
        return started(api.post(ClaimedCroft.path(APP) + "/deploy", Map.of()));
    }

    /**
     * Applies a version together with what main of the flake has got since.
     *
     * @param confirm whether it waits for a confirmation: {@code manual} always, {@code auto} when it is more than an app
     * @param seconds how long it waits
     */
    String apply(Map<String, String> files, String confirm, int seconds) {
        commit(files);
        api.put(ClaimedCroft.path(APP), spec()).expect(200);
        // Only drafts that are meant: this one stays a draft.
        api.delete(ClaimedCroft.path(DRAFT)).expect(204);
        try {
            return started(api.post(HOST + "/apply", Map.of("confirm", confirm, "confirmWithinSeconds", seconds)));
        } finally {
            draft();
        }
    }

    /** Deploys another app, by somebody else. */
    String deployAs(Api operator, String app) {
        GitServer.Repository source = running.git.create(app);
        source.commit("main", GitServer.hello("v1"));
        operator.put(ClaimedCroft.path(app), ClaimedCroft.python(source.url(), PORT + 2))
                .expect(200);
        return started(operator.post(ClaimedCroft.path(app) + "/deploy", Map.of()));
    }

    /** A person with a token of their own. */
    Api otherOperator() {
        return api.withAnotherToken(
                ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD, Map.of("name", "drill " + number, "role", "OPERATOR"));
    }

    /** Keeps a change as an operator does: when the console asks. */
    void confirmWhenAsked(String id) {
        Api.await(
                TRUTH,
                () -> operation(id),
                seen -> "AWAITING_CONFIRM".equals(seen.get("state").stringValue()));
        confirm(id).expect(200);
    }

    Api.Answer confirm(String id) {
        return api.postAfresh("/api/v1/operations/" + id + "/confirm", Map.of());
    }

    private String commit(Map<String, String> files) {
        String revision = repository.commit("main", files);
        versions.put(revision, files.get("VERSION").strip());
        return revision;
    }

    private String started(Api.Answer answer) {
        String id = answer.expect(202).json().get("id").stringValue();
        history.add(id);
        return id;
    }

    private void draft() {
        api.put(ClaimedCroft.path(DRAFT), ClaimedCroft.python(repository.url(), PORT + 1))
                .expect(200);
    }

    private Map<String, Object> spec() {
        return ClaimedCroft.python(repository.url(), PORT);
    }

    /** As the console shows it. */
    JsonNode operation(String id) {
        return api.operation(id);
    }

    /** What the box itself has written down: the result of an operation that has ended, else how far it is. */
    JsonNode onBox(String id) {
        for (String file : List.of("result.json", "progress.json")) {
            try {
                return JSON.readTree(Files.readString(croft.inRoot(OPERATIONS + id + "/" + file)));
            } catch (IOException e) {
                continue;
            }
        }
        return JSON.createObjectNode().put("phase", "");
    }

    /** Whether an operation is in a phase right now. */
    boolean isIn(String id, String phase) {
        return isIn(onBox(id), phase);
    }

    /** Whether an operation has told those who follow it that it came to a phase. */
    boolean hasTold(String id, String phase) {
        return read(OPERATIONS + id + "/log")
                .lines()
                .map(JSON::readTree)
                .anyMatch(frame -> "progress".equals(frame.path("type").asString(""))
                        && phase.equals(frame.path("phase").asString("")));
    }

    private static boolean isIn(JsonNode seen, String phase) {
        return !seen.has("state") && phase.equals(seen.path("phase").asString(""));
    }

    /** Whether an operation comes to a phase, seen while it is in it. */
    boolean reaches(String id, String phase) {
        JsonNode seen = onBox(id);
        long until = System.nanoTime() + LONG.toNanos();
        while (!seen.has("state")) {
            if (isIn(seen, phase)) {
                return true;
            }
            if (System.nanoTime() > until) {
                throw new AssertionError("The operation stays in " + seen);
            }
            // Some phases are over in a tenth of a second.
            LockSupport.parkNanos(2_000_000);
            seen = onBox(id);
        }
        return false;
    }

    void awaitPhase(String id, String phase) {
        assertThat(reaches(id, phase))
                .as("whether it was held in " + phase + ": " + onBox(id))
                .isTrue();
    }

    /** Waits until the console shows an operation as the box has it; seconds that took, at most {@link #TRUTH}. */
    double consoleShows(String id) {
        long began = System.nanoTime();
        // With an answer that is made on the box, so that it is not just what the console knew before.
        Api.await(
                TRUTH,
                () -> List.of(generations(), onBox(id), operation(id)),
                seen -> seen.getFirst().isArray() && agree(seen.get(1), seen.get(2)));
        return (System.nanoTime() - began) / 1e9;
    }

    private JsonNode generations() {
        return api.get(HOST + "/generations").json();
    }

    private static boolean agree(JsonNode box, JsonNode console) {
        String state = console.get("state").stringValue();
        if (box.has("state")) {
            return box.get("state").stringValue().equals(state);
        }
        boolean lives = state.equals("RUNNING") || state.equals("AWAITING_CONFIRM");
        // Before the box has it, the console resolves.
        String phase = box.get("phase").stringValue();
        return lives && (phase.isEmpty() || phase.equals(console.path("phase").asString()));
    }

    /** Cancels an operation; seconds until the console shows that it has ended and none of its processes is left. */
    double cancel(String id) {
        Optional<Path> cgroup = cgroupOf(id);
        long began = System.nanoTime();
        api.post("/api/v1/operations/" + id + "/cancel", Map.of()).expect(200);
        Api.await(
                TRUTH,
                () -> operation(id),
                seen -> "CANCELLED".equals(seen.get("state").stringValue()));
        cgroup.ifPresent(each -> Api.await(TRUTH, () -> populated(each), populated -> !populated));
        // What looks up a branch is not the operation's yet, but croft-hostd's.
        Api.await(
                TRUTH,
                () -> croft.inBox("pgrep", "--list-full", "--full", "ls-remote").out(),
                String::isEmpty);
        return (System.nanoTime() - began) / 1e9;
    }

    /** The cgroup of an operation, seen from outside the box; empty before the box has it. */
    Optional<Path> cgroupOf(String id) {
        Path unit = Path.of("croft-op-" + id + ".service");
        Set<Path> found = new HashSet<>();
        try {
            Files.walkFileTree(Path.of("/sys/fs/cgroup"), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    if (unit.equals(directory.getFileName())) {
                        found.add(directory);
                        return FileVisitResult.TERMINATE;
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE; // Units come and go meanwhile.
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.stream().findFirst();
    }

    /** The same, as soon as there is one; empty when the operation has ended before that was seen. */
    Optional<Path> awaitCgroup(String id) {
        long until = System.nanoTime() + LONG.toNanos();
        Optional<Path> found = cgroupOf(id);
        while (found.isEmpty() && !onBox(id).has("state")) {
            if (System.nanoTime() > until) {
                throw new AssertionError("The operation has no cgroup: " + onBox(id));
            }
            LockSupport.parkNanos(2_000_000);
            found = cgroupOf(id);
        }
        return found;
    }

    private static boolean populated(Path cgroup) {
        try {
            return Files.readString(cgroup.resolve("cgroup.events")).contains("populated 1");
        } catch (IOException e) {
            return false; // It is gone itself.
        }
    }

    List<String> halfBuilt() {
        return BoxFacts.of(croft).halfBuilt();
    }

    /** Waits until the box has written down how an operation ended. */
    void awaitEndOnBox(String id) {
        Api.await(Duration.ofMinutes(2), () -> onBox(id), found -> found.has("state"));
    }

    /** How an operation stands, in the console's words. */
    String says(String id) {
        JsonNode operation = operation(id);
        String code = operation.path("problem").path("code").asString("");
        return (operation.get("state").stringValue() + " " + code).strip();
    }

    // -- what is served

    /** The version that answers now. */
    String serving() {
        Api.Answer answer = Api.await(TRUTH, () -> Api.fetch(url), found -> found.status() == 200);
        return answer.text().replaceFirst("^This is ", "");
    }

    /** The version of the boot default, which is the one that a box goes back to. */
    String versionAtBoot() {
        return versionOf(croft.inBox("cat", "/boot/default-system/etc/croft/state.json")
                .orFail()
                .out());
    }

    private String versionOf(String state) {
        return versions.get(JSON.readTree(state)
                .get("apps")
                .get(APP)
                .get("source")
                .get("rev")
                .stringValue());
    }

    /** One whole generation is served, the console says so, and nothing that was stored is lost. Returns the version. */
    String assertWhole() {
        BoxFacts facts = Api.await(
                Duration.ofSeconds(20),
                () -> BoxFacts.of(croft),
                found -> found.operations().isEmpty());
        facts.assertWhole();
        String version = serving();
        assertThat(version)
                .as("the version that answers, against the one of the running system")
                .isEqualTo(versionOf(facts.state()));
        assertConsoleAgrees(facts);
        assertNothingLost();
        return version;
    }

    private void assertConsoleAgrees(BoxFacts facts) {
        JsonNode generations = generations();
        List<JsonNode> current = StreamSupport.stream(generations.spliterator(), false)
                .filter(generation -> generation.get("current").booleanValue())
                .toList();
        assertThat(current).as("current generations").hasSize(1);
        assertThat(current.getFirst().get("number").intValue()).isEqualTo(facts.generation());
        assertThat(current.getFirst().get("closure").stringValue()).isEqualTo(facts.current());
        assertThat(current.getFirst().get("bootDefault").booleanValue()).isTrue();
        JsonNode observed = Api.await(
                TRUTH,
                () -> api.get(ClaimedCroft.path(APP)).expect(200).json().get("observed"),
                found -> "running".equalsIgnoreCase(found.get("state").stringValue()));
        assertThat(observed.get("url").stringValue()).startsWith(url);
    }

    private void assertNothingLost() {
        assertThat(read(DATA + "kept")).as("the app's data").isEqualTo(KEPT);
        JsonNode draft = api.get(ClaimedCroft.path(DRAFT)).expect(200).json();
        assertThat(draft.get("pending").booleanValue()).as("the draft").isTrue();
        Set<String> known = StreamSupport.stream(
                        api.get("/api/v1/operations?limit=200")
                                .expect(200)
                                .json()
                                .spliterator(),
                        false)
                .map(operation -> operation.get("id").stringValue())
                .collect(Collectors.toSet());
        assertThat(known).as("operations that the console remembers").containsAll(history);
        assertThat(history.stream()
                        .filter(id -> !Files.exists(croft.inRoot(OPERATIONS + id + "/result.json")))
                        .filter(this::wasAccepted))
                .as("operations whose end the box has forgotten")
                .isEmpty();
    }

    private boolean wasAccepted(String id) {
        return Files.exists(croft.inRoot(OPERATIONS + id));
    }

    // -- faults

    /** Kills the console as the kernel would. */
    void killConsole() {
        ProcessHandle console = croft.console();
        console.destroyForcibly();
        console.onExit().join();
    }

    /** Starts the console again. */
    void startConsole() {
        croft.up();
    }

    /** Kills every SSH session of the console on the box. */
    void cutLink() {
        List<String> sessions = croft.inBox("ps", "-e", "-o", "pid=,args=")
                .orFail()
                .out()
                .lines()
                .map(String::strip)
                .filter(line -> line.contains("sshd-session: croft-host"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
        assertThat(sessions).as("SSH sessions of the console").isNotEmpty();
        // One that its parent's end took along is gone already.
        Command.Result killed = croft.inBox(
                Stream.concat(Stream.of("kill", "-KILL"), sessions.stream()).toArray(String[]::new));
        assertThat(killed.exit()).as(killed.err()).isLessThan(2);
    }

    /** Lets every packet between the box and the rest of the world vanish, until it is closed. */
    AutoCloseable dropPackets() {
        write(RULES, """
                table inet drill {
                  chain in { type filter hook input priority -400; iifname "eth0" drop; }
                  chain out { type filter hook output priority -400; oifname "eth0" drop; }
                }
                """);
        croft.inBox("nft", "--file", RULES).orFail();
        return () -> croft.inBox("nft", "delete", "table", "inet", "drill").orFail();
    }

    /** Waits until the console knows that it does not reach the box. */
    void awaitSilence() {
        Api.await(LONG, () -> api.get(HOST + "/generations").status(), status -> status != 200);
    }

    /** Kills croft-hostd with all the dialogues that it serves. */
    void killHelper() {
        croft.inBox("systemctl", "kill", "--signal=KILL", "croft-hostd.service").orFail();
    }

    /** Kills what evaluates the box's configuration for an operation. */
    void killEvaluator(String id) {
        Path cgroup = cgroupOf(id).orElseThrow(() -> new AssertionError("The operation has no cgroup"));
        List<String> evaluators;
        try (Stream<Path> groups = Files.walk(cgroup)) {
            evaluators = groups.map(group -> group.resolve("cgroup.procs"))
                    .filter(Files::isReadable)
                    .flatMap(DrillBox::lines)
                    .filter(process ->
                            Path.of("/proc", process, "comm").toFile().exists()
                                    && lines(Path.of("/proc", process, "comm"))
                                            .anyMatch(name -> name.startsWith("nix")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(evaluators).as("processes of Nix").isNotEmpty();
        Command.run(
                        LONG,
                        Stream.concat(Stream.of("kill", "-KILL"), evaluators.stream())
                                .toArray(String[]::new))
                .orFail();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty(); // What it was about has ended.
        }
    }

    /** Leaves not one free block on the box's disk. */
    void fillDisk() {
        String free = croft.inBox("df", "--block-size=1", "--output=avail", "/")
                .orFail()
                .out()
                .lines()
                .toList()
                .getLast()
                .strip();
        croft.inBox("fallocate", "--length", free, FILL);
        // Both end when there is nothing left: what is left by the first are single blocks.
        croft.inBox("dd", "if=/dev/zero", "of=" + FILL + "-rest", "bs=4096");
    }

    void freeDisk() {
        croft.inBox("rm", "-f", FILL, FILL + "-rest").orFail();
    }

    /** Lets the clock of everything that runs on the box jump; 0 puts it right. */
    void setClock(Duration off) {
        croft.sandbox("clock", Long.toString(off.toSeconds())).orFail();
    }

    void cutPower() {
        croft.sandbox("stop", "--hard").orFail();
    }

    void boot() {
        croft.sandbox("start").orFail();
    }

    /** A commit on main that adds a piece of NixOS configuration, as the owner of the box makes it; closing takes it away again. */
    AutoCloseable configure(String module) {
        String original = read(FLAKE + "/host/default.nix");
        write(FLAKE + "/host/drill.nix", module);
        write(FLAKE + "/host/default.nix", original.replaceFirst("(?m)^\\{$", "{\n  imports = [ ./drill.nix ];"));
        commitFlake("Try something");
        return () -> {
            write(FLAKE + "/host/default.nix", original);
            Files.delete(croft.inRoot(FLAKE + "/host/drill.nix"));
            commitFlake("Take it back");
        };
    }

    private void commitFlake(String message) {
        croft.inBox("git", "-C", FLAKE, "add", "--all").orFail();
        croft.inBox(
                        "git",
                        "-C",
                        FLAKE,
                        "-c",
                        "user.name=Owner",
                        "-c",
                        "user.email=owner@example.org",
                        "commit",
                        "--quiet",
                        "--message",
                        message)
                .orFail();
    }

    // -- files of the box

    void write(String path, String text) {
        try {
            Files.createDirectories(croft.inRoot(path).getParent());
            Files.writeString(croft.inRoot(path), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String read(String path) {
        try {
            return Files.readString(croft.inRoot(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void letBuild(String version) {
        write(BUILDS + version, "");
    }

    /** Lets an app of the shared box that waits for a file go on. */
    void letGo(String file) {
        write(DATA + file, "");
    }

    @Override
    public void close() {
        served.close();
        running.close();
    }
}
