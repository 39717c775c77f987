package dev.croft.archive.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * All that makes this console this one, in one ZIP file: the database as {@code database.jsonl} (see {@link DatabaseDump}), and the
 * files of the data directory that cannot be made again. ZIP keeps a checksum (CRC-32) of each.
 */
final class ConsoleArchive {

    /** Which those are: what opens the vault, and opened it before; with what the console signs in on its boxes. */
    private static final Pattern FILES =
            Pattern.compile("vault\\.key(\\.[A-Za-z0-9_-]+\\.old)?|channel_ed25519(\\.pub)?|audit\\.head");

    private static final String DATABASE = "database.jsonl";

    private final DatabaseDump database;
    private final Path data;

    ConsoleArchive(DatabaseDump database, Path data) {
        this.database = database;
        this.data = data;
    }

    /** What the archive holds of the data directory. */
    record Content(List<String> files, long rows) {}

    Content write(OutputStream to) throws IOException {
        List<String> files = new ArrayList<>();
        long rows;
        try (var zip = new ZipOutputStream(to)) {
            zip.putNextEntry(new ZipEntry(DATABASE));
            rows = database.write(new FilterOutputStream(zip) {
                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    out.write(bytes, from, length);
                }

                @Override
                public void close() {
                    // The archive goes on.
                }
            });
            zip.closeEntry();
            for (String name : there()) {
                zip.putNextEntry(new ZipEntry(name));
                Files.copy(data.resolve(name), zip);
                zip.closeEntry();
                files.add(name);
            }
        }
        return new Content(files, rows);
    }

    /** Into a data directory and a database that no console has used: nothing is overwritten. */
    Content read(InputStream from) throws IOException {
        List<String> there = there();
        if (!there.isEmpty()) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "Nothing was restored.",
                            "There already is " + there.getFirst() + " in " + data + ".",
                            "Restore into another data directory, or move that one away first.")
                    .toException();
        }
        List<String> files = new ArrayList<>();
        long rows = -1;
        boolean done = false;
        try (var zip = new ZipInputStream(from)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(DATABASE)) {
                    rows = database.read(new FilterInputStream(zip) {
                        @Override
                        public void close() {
                            // The archive goes on.
                        }
                    });
                } else if (FILES.matcher(entry.getName()).matches()) {
                    Files.createDirectories(data);
                    Path file = data.resolve(entry.getName());
                    Files.createFile(
                            file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    files.add(entry.getName());
                    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
                        zip.transferTo(out);
                    }
                }
            }
            done = rows >= 0;
        } catch (ZipException e) {
            throw notOne(e);
        } finally {
            if (!done) {
                for (String name : files) {
                    Files.deleteIfExists(data.resolve(name));
                }
            }
        }
        if (!done) {
            throw notOne(null);
        }
        return new Content(files, rows);
    }

    private List<String> there() throws IOException {
        if (!Files.isDirectory(data)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> FILES.matcher(name).matches())
                    .sorted()
                    .toList();
        }
    }

    private static ProblemException notOne(@Nullable Exception cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "Nothing was restored.",
                        "file: it is damaged, or no backup of a console.",
                        "Take a file that backup wrote."),
                cause);
    }
}
