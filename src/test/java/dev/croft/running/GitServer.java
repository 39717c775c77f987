package dev.croft.running;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Git over HTTP for the box, as a forge would serve it: the JDK's server in front of git's own CGI program. */
public final class GitServer implements AutoCloseable {

    private static final Duration GIT_LIMIT = Duration.ofMinutes(1);

    private final Path directory;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile Hold hold = new Hold();

    /** @param address where the box reaches this machine */
    public GitServer(Path directory, String address) {
        this.directory = directory.toAbsolutePath();
        try {
            Files.createDirectories(directory);
            server = HttpServer.create(new InetSocketAddress(address, 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        hold.close();
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /** An empty repository; what is committed to it can be fetched at once. */
    public Repository create(String name) {
        Path work = directory.resolve(name + ".git");
        git(directory, "init", "--quiet", "--initial-branch=main", work.toString());
        return new Repository(work, urlOf(name));
    }

    public String urlOf(String name) {
        InetSocketAddress address = server.getAddress();
        return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/" + name + ".git";
    }

    /** From now on nobody gets an answer, until it is closed. */
    public Hold hold() {
        hold = new Hold();
        return hold;
    }

    public record Repository(Path work, String url) {

        /** Replaces everything on a branch by these files, as one commit. */
        public String commit(String branch, Map<String, String> files) {
            if (!git(work, "branch", "--list", "--format=%(refname:short)").isBlank()) {
                git(work, "checkout", "--quiet", "-B", branch);
                git(work, "rm", "--quiet", "-r", "--ignore-unmatch", ".");
            }
            try {
                for (Map.Entry<String, String> file : files.entrySet()) {
                    Path target = work.resolve(file.getKey());
                    Files.createDirectories(target.getParent());
                    Files.writeString(target, file.getValue());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            git(work, "add", "--all");
            git(work, "commit", "--quiet", "--allow-empty", "--message", "A version on " + branch);
            return git(work, "rev-parse", "HEAD").strip();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** CGI (RFC 3875) as git http-backend wants it. */
    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            hold.keep();
            ProcessBuilder builder =
                    new ProcessBuilder("git", "http-backend").redirectError(ProcessBuilder.Redirect.DISCARD);
            Map<String, String> environment = builder.environment();
            environment.put("GIT_PROJECT_ROOT", directory.toString());
            environment.put("GIT_HTTP_EXPORT_ALL", "1");
            environment.put("REQUEST_METHOD", exchange.getRequestMethod());
            environment.put("PATH_INFO", exchange.getRequestURI().getPath());
            environment.put("QUERY_STRING", orEmpty(exchange.getRequestURI().getRawQuery()));
            environment.put("CONTENT_TYPE", orEmpty(exchange.getRequestHeaders().getFirst("Content-Type")));
            environment.put(
                    "HTTP_CONTENT_ENCODING",
                    orEmpty(exchange.getRequestHeaders().getFirst("Content-Encoding")));
            environment.put("GIT_PROTOCOL", orEmpty(exchange.getRequestHeaders().getFirst("Git-Protocol")));
            byte[] request = exchange.getRequestBody().readAllBytes();
            environment.put("CONTENT_LENGTH", Integer.toString(request.length));
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(request);
            }
            try (InputStream out = process.getInputStream()) {
                int status = 200;
                for (String header = readLine(out); !header.isEmpty(); header = readLine(out)) {
                    String[] parts = header.split(": ", 2);
                    if (parts[0].equalsIgnoreCase("Status")) {
                        status = Integer.parseInt(parts[1].substring(0, 3));
                    } else {
                        exchange.getResponseHeaders().add(parts[0], parts[1]);
                    }
                }
                byte[] answer = out.readAllBytes();
                exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
                exchange.getResponseBody().write(answer);
            }
        }
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != -1 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    private static String git(Path directory, String... arguments) {
        List<String> argv = new ArrayList<>(List.of("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"));
        argv.addAll(List.of(arguments));
        return Command.run(GIT_LIMIT, directory, Map.of("LC_ALL", "C"), argv)
                .orFail()
                .out();
    }

    /** The sample app of the journeys, in some version. */
    public static Map<String, String> hello(String version) {
        return Map.of("main.py", sample("hello/main.py"), "VERSION", version + "\n");
    }

    /** A Node.js program whose build waits until there is a file {@code /usr/local/share/croft-drill/<version>} on the box. */
    public static Map<String, String> built(String version) {
        return Map.of(
                "package.json", sample("built/package.json"),
                "build.js", sample("built/build.js"),
                "server.js", sample("built/server.js"),
                "VERSION", version + "\n");
    }

    /** The sample app as a flake of its own, whose evaluation needs something built: its package {@code version}. */
    public static Map<String, String> packaged(String version) {
        Map<String, String> files = new HashMap<>(hello(version));
        files.put("flake.nix", sample("packaged/flake.nix"));
        return files;
    }

    /** The same with an evaluation that downloads something. */
    public static Map<String, String> evaluated(String version, String url, String sha256) {
        Map<String, String> files = new HashMap<>(packaged(version));
        files.put("url.nix", "{ url = \"" + url + "\"; sha256 = \"" + sha256 + "\"; }\n");
        return files;
    }

    /** A Node.js program whose build says 10 000 lines a second. */
    public static Map<String, String> flood() {
        return Map.of(
                "package.json", sample("flood/package.json"),
                "build.js", sample("flood/build.js"),
                "server.js", sample("flood/server.js"),
                "VERSION", "v1\n");
    }

    private static String sample(String file) {
        try (InputStream text = GitServer.class.getResourceAsStream("/apps/" + file)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A version that asked to stop goes only once there is a file of that name in the app's state directory. */
    public static Map<String, String> stubbornHello(String version, String leave) {
        Map<String, String> files = new HashMap<>(hello(version));
        files.put("LEAVE", leave + "\n");
        return files;
    }

    /** A version that is healthy only once there is a file of that name in the app's state directory. */
    public static Map<String, String> gatedHello(String version, String gate) {
        Map<String, String> files = new HashMap<>(hello(version));
        files.put("GATE", gate + "\n");
        return files;
    }
}
