package dev.croft.running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end. Its words go through files: neither a full pipe nor a child that keeps one open can hold a test. */
public final class Command {

    public record Result(int exit, String out, String err) {

        public Result orFail() {
            if (exit != 0) {
                throw new AssertionError("exit code " + exit + "\n" + out + "\n" + err);
            }
            return this;
        }
    }

    private Command() {}

    public static Result run(Duration limit, String... argv) {
        return run(limit, Path.of(""), Map.of(), List.of(argv));
    }

    public static Result run(Duration limit, Path directory, Map<String, String> environment, List<String> argv) {
        try {
            Path out = Files.createTempFile("croft-journey", ".out");
            Path err = Files.createTempFile("croft-journey", ".err");
            try {
                ProcessBuilder builder = new ProcessBuilder(argv)
                        .directory(directory.toAbsolutePath().toFile())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroy();
                    throw new AssertionError(argv + " did not end within " + limit + "\n" + text(out) + text(err));
                }
                return new Result(process.exitValue(), text(out), text(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + argv, e);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
