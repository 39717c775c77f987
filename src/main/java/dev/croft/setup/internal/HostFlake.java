package dev.croft.setup.internal;

import dev.croft.hostlink.SshKeys;
import dev.croft.kernel.NixArchive;
import dev.croft.kernel.NixArchive.Directory;
import dev.croft.kernel.NixArchive.File;
import dev.croft.kernel.NixArchive.Node;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.setup.Enrolment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Service;

/**
 * The part of this repository that runs on boxes, from the console's own jar. A jar keeps no permissions: what begins with {@code #!} is a
 * program, as a test compares with the repository.
 */
@Service
class HostFlake implements Enrolment {

    static final String ROOT = "dev/croft/setup/box/";

    private static final int PROGRAM = 0755;
    private static final int DATA = 0644;

    /** Nothing that a shell would take for something else: the address is part of a command that people paste. */
    private static final Pattern ADDRESS = Pattern.compile(
            "https?://([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?");

    private final SshKeys keys;
    private volatile @Nullable Source source;

    HostFlake(SshKeys keys) {
        this.keys = keys;
    }

    @Override
    public Source source() {
        Source made = source;
        if (made == null) {
            made = read();
            source = made;
        }
        return made;
    }

    @Override
    public Instructions instructions(String console) {
        if (console.length() > 400 || !ADDRESS.matcher(console).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "There is no command yet.",
                            "console: it is the address of this console as the box reaches it, http:// or https://, without query.",
                            "Write it as you would type it into a browser on the box.")
                    .toException();
        }
        String base = console.endsWith("/") ? console : console + "/";
        // Pinned by the hash: on the way nobody can change what is run as root, also where the console has no
        // certificate.
        String flake = "tarball+" + URI.create(base).resolve("enrol/croft.tar.gz") + "?dir=nix&narHash="
                + source().narHash() + "#enrol";
        String key = keys.channelLine();
        String run = "sudo nix run --extra-experimental-features 'nix-command flakes' '" + flake + "' -- --key '" + key
                + "'";
        return new Instructions(run, run + " --import", key);
    }

    private static Source read() {
        try {
            SortedMap<String, byte[]> files = new TreeMap<>();
            String pattern = "classpath*:" + ROOT + "**";
            for (Resource each : new PathMatchingResourcePatternResolver().getResources(pattern)) {
                String address = each.getURL().toString();
                String name = address.substring(address.indexOf(ROOT) + ROOT.length());
                if (!name.isEmpty() && !name.endsWith("/") && each.isReadable()) {
                    try (InputStream in = each.getInputStream()) {
                        files.put(name, in.readAllBytes());
                    }
                }
            }
            return new Source(archive(files), NixArchive.of(tree(files)).sri());
        } catch (IOException e) {
            throw new UncheckedIOException("What runs on boxes could not be read from the console's own files", e);
        }
    }

    /** The same bytes whenever and wherever it is made: no times, no owners, names in order. */
    private static byte[] archive(SortedMap<String, byte[]> files) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                var entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                entry.setMode(isProgram(file.getValue()) ? PROGRAM : DATA);
                entry.setModTime(0L);
                entry.setIds(0, 0);
                entry.setNames("", "");
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static Node tree(SortedMap<String, byte[]> files) {
        SortedMap<String, Node> root = new TreeMap<>();
        Map<String, SortedMap<String, Node>> directories = new TreeMap<>();
        directories.put("", root);
        files.forEach((name, content) -> {
            int slash = name.lastIndexOf('/');
            directory(directories, slash < 0 ? "" : name.substring(0, slash))
                    .put(name.substring(slash + 1), new File(content, isProgram(content)));
        });
        return new Directory(root);
    }

    private static SortedMap<String, Node> directory(Map<String, SortedMap<String, Node>> all, String path) {
        SortedMap<String, Node> known = all.get(path);
        if (known == null) {
            known = new TreeMap<>();
            all.put(path, known);
            int slash = path.lastIndexOf('/');
            // shares the map: what is put into it later is in the tree
            directory(all, slash < 0 ? "" : path.substring(0, slash))
                    .put(path.substring(slash + 1), new Directory(known));
        }
        return known;
    }

    private static boolean isProgram(byte[] content) {
        return content.length > 1 && content[0] == '#' && content[1] == '!';
    }
}
