package dev.croft.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The hash by which Nix names a tree of files ("NAR hash"): SHA-256 of a serialisation that has names, contents and the executable bit,
 * and nothing of owners or times. Own code because it is one page, and no library of the JVM has it.
 */
public final class NixArchive {

    private NixArchive() {}

    /** A file of a tree, or a directory. */
    public sealed interface Node {}

    public record File(byte[] content, boolean executable) implements Node {}

    /** @param entries in the order of their names' bytes, which for ASCII is that of the characters */
    public record Directory(SortedMap<String, Node> entries) implements Node {}

    public record Hash(byte[] sha256) {

        /** As flakes have it: {@code sha256-…=}. */
        public String sri() {
            return "sha256-" + Base64.getEncoder().encodeToString(sha256);
        }

        public String hex() {
            return HexFormat.of().formatHex(sha256);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Hash hash && Arrays.equals(sha256, hash.sha256);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(sha256);
        }

        @Override
        public String toString() {
            return sri();
        }
    }

    public static Hash of(Path tree) throws IOException {
        return of(read(tree));
    }

    public static Hash of(Node tree) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
                text(out, "nix-archive-1");
                node(out, tree);
            }
            return new Hash(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Node read(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return new File(
                    Files.readAllBytes(path),
                    Files.getPosixFilePermissions(path).contains(PosixFilePermission.OWNER_EXECUTE));
        }
        SortedMap<String, Node> entries = new TreeMap<>();
        try (Stream<Path> children = Files.list(path)) {
            for (Path child : children.toList()) {
                entries.put(child.getFileName().toString(), read(child));
            }
        }
        return new Directory(entries);
    }

    private static void node(OutputStream out, Node node) throws IOException {
        text(out, "(");
        text(out, "type");
        switch (node) {
            case File file -> {
                text(out, "regular");
                if (file.executable()) {
                    text(out, "executable");
                    text(out, "");
                }
                text(out, "contents");
                bytes(out, file.content());
            }
            case Directory directory -> {
                text(out, "directory");
                for (Map.Entry<String, Node> entry : directory.entries().entrySet()) {
                    text(out, "entry");
                    text(out, "(");
                    text(out, "name");
                    text(out, entry.getKey());
                    text(out, "node");
                    node(out, entry.getValue());
                    text(out, ")");
                }
            }
        }
        text(out, ")");
    }

    private static void text(OutputStream out, String text) throws IOException {
        bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The length in eight bytes, little-endian; then the bytes, filled up to a multiple of eight. */
    private static void bytes(OutputStream out, byte[] bytes) throws IOException {
        var length = new ByteArrayOutputStream(8);
        for (int shift = 0; shift < 64; shift += 8) {
            length.write((int) ((long) bytes.length >>> shift));
        }
        out.write(length.toByteArray());
        out.write(bytes);
        out.write(new byte[-bytes.length & 7]);
    }
}
