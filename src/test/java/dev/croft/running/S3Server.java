package dev.croft.running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A real S3 server (S3Proxy, which Maven brings) that keeps objects as files and lets nobody in without its keys. */
public final class S3Server implements AutoCloseable {

    public static final String KEY_ID = "attic-journey";
    public static final String SECRET_KEY = "a-key-that-is-nowhere-else-8c1f";

    private static final Path PROGRAM = Path.of("target", "s3proxy.jar").toAbsolutePath();
    private static final Duration FETCH = Duration.ofMinutes(5);
    private static final Duration START = Duration.ofMinutes(1);

    private final Process process;
    private final Path directory;
    private final String endpoint;

    /** @param address where the box reaches this machine */
    public S3Server(Path directory, String address, String bucket) {
        this.directory = directory.toAbsolutePath();
        endpoint = "http://" + address + ":" + Croft.freePort();
        if (!Files.exists(PROGRAM)) {
            Command.run(FETCH, "mvn", "-B", "-ntp", "-q", "dependency:copy@s3-server")
                    .orFail();
        }
        try {
            empty();
            Files.createDirectories(this.directory.resolve("objects").resolve(bucket));
            Path settings = this.directory.resolve("s3proxy.properties");
            Files.write(
                    settings,
                    List.of(
                            "s3proxy.endpoint=" + endpoint,
                            "s3proxy.authorization=aws-v2-or-v4",
                            "s3proxy.identity=" + KEY_ID,
                            "s3proxy.credential=" + SECRET_KEY,
                            "jclouds.provider=filesystem-nio2",
                            "jclouds.identity=unused",
                            "jclouds.credential=unused",
                            "jclouds.filesystem.basedir=" + this.directory.resolve("objects")));
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-jar",
                            PROGRAM.toString(),
                            "--properties",
                            settings.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(this.directory.resolve("s3proxy.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        // It answers 403 to whoever has no key.
        Api.await(START, () -> Api.fetch(endpoint + "/").status(), status -> status == 403);
    }

    public String endpoint() {
        return endpoint;
    }

    private void empty() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
