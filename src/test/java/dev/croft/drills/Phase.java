package dev.croft.drills;

import dev.croft.running.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A phase of a deployment in which it can be held, from outside and without help from the product.
 */
enum Phase {
    /** The git server keeps the box waiting while it looks up the branch. */
    RESOLVE {
        @Override
        Held hold(DrillBox box) {
            GitServer.Hold hold = box.running.git.hold();
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
    /** The operation's processes are frozen. */
    EVALUATE {
        @Override
        Held hold(DrillBox box) {
            return frozen(box);
        }
    },
    /** The build waits for a file. */
    BUILD {
        @Override
        Held hold(DrillBox box) {
            String version = box.nextVersion();
            String id = box.deployBuilt(GitServer.built(version));
            return new Held(id, version, () -> box.letBuild(version)).in(this, box);
        }
    },
    /** The operation's processes are frozen, and with them the app whose data they copy. */
    SNAPSHOT {
        @Override
        Held hold(DrillBox box) {
            return frozen(box);
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
    /** The operation's processes are frozen, before or after the new system became the boot default. */
    PERSIST {
        @Override
        Held hold(DrillBox box) {
            return frozen(box);
        }
    };

    private static final int ATTEMPTS = 5;
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
    Held frozen(DrillBox box) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            String version = box.nextVersion();
            String id = box.deploy(GitServer.hello(version));
            if (box.reaches(id, toString())) {
                Path freezer = cgroupOf(id).resolve("cgroup.freeze");
                write(freezer, "1");
                Held held = new Held(id, version, () -> write(freezer, "0"));
                if (box.onBox(id).get("phase").stringValue().equals(toString())) {
                    return held;
                }
                held.close();
            }
            box.api.ended(id);
        }
        throw new AssertionError("The phase " + this + " was over too soon " + ATTEMPTS + " times");
    }

    /** The cgroup of an operation, seen from outside the box. */
    private static Path cgroupOf(String id) {
        String unit = "croft-op-" + id + ".service";
        try (Stream<Path> found = Files.walk(Path.of("/sys/fs/cgroup"))) {
            return found.filter(path -> path.getFileName().toString().equals(unit))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("The operation has no cgroup"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
