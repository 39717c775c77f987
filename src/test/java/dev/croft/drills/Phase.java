package dev.croft.drills;

import dev.croft.running.Command;
import dev.croft.running.GitServer;
import dev.croft.running.Hold;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A phase of a deployment in which it can be held, from outside and without help from the product.
 */
enum Phase {
    /** The git server keeps the box waiting while it looks up the branch. */
    RESOLVE {
        @Override
        Held hold(DrillBox box) {
            Hold hold = box.running.git.hold();
            try {
                String version = box.nextVersion();
                String id = box.deploy(GitServer.hello(version));
                hold.awaitRequest();
                return new Held(id, version, hold::close);
            } catch (AssertionError e) {
                hold.close();
                throw e;
            }
        }
    },
    /** The evaluation waits for a file that it downloads. */
    EVALUATE {
        @Override
        Held hold(DrillBox box) {
            Hold hold = box.served.hold();
            String version = box.nextVersion();
            String id = box.deployEvaluated(version);
            Held held = new Held(id, version, hold::close).in(this, box);
            hold.awaitRequest();
            return held;
        }
    },
    /** The binary cache says what it has, but does not hand it out. */
    FETCH {
        @Override
        Held hold(DrillBox box) {
            Hold hold = box.served.hold();
            String version = box.nextVersion();
            String id = box.deployFetched(version);
            Runnable release = () -> {
                box.forgetCache();
                hold.close();
            };
            return new Held(id, version, release).in(this, box);
        }
    },
    /** The build waits for a file. */
    BUILD {
        @Override
        Held hold(DrillBox box) {
            String version = box.nextVersion();
            String id = box.deploy(GitServer.built(version), "node");
            return new Held(id, version, () -> box.letBuild(version)).in(this, box);
        }
    },
    /** The operation's processes are stopped, and the app whose data they copy is frozen. */
    SNAPSHOT {
        @Override
        Held hold(DrillBox box) {
            return stopped(box);
        }
    },
    /** The old version takes its time to stop. */
    ACTIVATE {
        @Override
        Held hold(DrillBox box) {
            String stubborn = box.nextVersion();
            box.api.ended(box.deploy(GitServer.stubbornHello(stubborn, "leave-" + stubborn)));
            String version = box.nextVersion();
            String id = box.deploy(GitServer.hello(version));
            return new Held(id, version, () -> box.letGo("leave-" + stubborn)).in(this, box);
        }
    },
    /** The new version is not healthy yet. */
    HEALTH {
        @Override
        Held hold(DrillBox box) {
            String version = box.nextVersion();
            String id = box.deploy(GitServer.gatedHello(version, "healthy-" + version));
            return new Held(id, version, () -> box.letGo("healthy-" + version)).in(this, box);
        }
    },
    /** The operator has not said anything yet. */
    CONFIRM {
        @Override
        Held hold(DrillBox box) {
            String version = box.nextVersion();
            String id = box.apply(GitServer.hello(version), "manual", PATIENCE);
            return new Held(id, version, () -> box.confirmWhenAsked(id)).in(this, box);
        }
    },
    /** The operation's processes are stopped, before or after the new system became the boot default. */
    PERSIST {
        @Override
        Held hold(DrillBox box) {
            return stopped(box);
        }
    };

    private static final int ATTEMPTS = 10;
    /** Seconds in which nobody in a drill is late. */
    private static final int PATIENCE = 300;

    /** Starts a deployment and holds it in this phase. */
    abstract Held hold(DrillBox box);

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A deployment that stands still; closing lets it go on. */
    record Held(String operation, String version, Runnable release) implements AutoCloseable {

        /** Waits until it stands in this phase; otherwise nothing is held for the drills that come after. */
        Held in(Phase phase, DrillBox box) {
            try {
                box.awaitPhase(operation, phase.toString());
                return this;
            } catch (AssertionError e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            release.run();
        }
    }

    /** A phase that nothing else holds is short: it is tried again when it was over already. */
    Held stopped(DrillBox box) {
        List<String> missed = new ArrayList<>();
        while (missed.size() < ATTEMPTS) {
            String version = box.nextVersion();
            String id = box.deploy(GitServer.hello(version));
            // Before the phase comes: to look for it takes as long as some of them.
            Optional<Path> cgroup = box.awaitCgroup(id);
            if (cgroup.isPresent() && box.reaches(id, toString())) {
                List<String> processes = stop(cgroup.get());
                Held held = new Held(id, version, () -> signal("CONT", processes));
                boolean in = box.isIn(id, toString());
                // In the moment before it has told of the phase, nobody could show it.
                boolean told = box.hasTold(id, toString());
                if (!processes.isEmpty() && in && told) {
                    return held;
                }
                held.close();
                missed.add(processes.size() + " processes, in the phase: " + in + ", told of it: " + told);
            } else {
                missed.add("never seen in the phase, cgroup: " + cgroup);
            }
            box.api.ended(id);
        }
        throw new AssertionError("The phase " + this + " was over too soon " + ATTEMPTS + " times: " + missed);
    }

    /** Stops all processes of a cgroup at one moment; none when it is gone. What systemd starts there later, as to tidy up, is not held. */
    private static List<String> stop(Path cgroup) {
        Path freezer = cgroup.resolve("cgroup.freeze");
        try {
            Files.writeString(freezer, "1");
            List<String> processes = Files.readAllLines(cgroup.resolve("cgroup.procs"));
            signal("STOP", processes);
            Files.writeString(freezer, "0");
            return processes;
        } catch (IOException e) {
            if (Files.notExists(cgroup)) {
                return List.of();
            }
            throw new UncheckedIOException(e);
        }
    }

    /** Those that are gone by now need none. */
    private static void signal(String name, List<String> processes) {
        Command.run(
                Duration.ofSeconds(10),
                Stream.concat(Stream.of("kill", "-" + name), processes.stream()).toArray(String[]::new));
    }
}
