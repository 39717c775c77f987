package dev.croft.vault.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.SecretKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The key beside the database, its owner's alone. A file is never overwritten in place: what was there is kept under its key's id. */
final class KeyFile {

    static final String NAME = "vault.key";

    private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

    private final Path file;

    KeyFile(Path directory) {
        this.file = directory.toAbsolutePath().resolve(NAME);
    }

    Path path() {
        return file;
    }

    /** Empty when there is no file. */
    Optional<SecretKey> read() throws IOException {
        return read(file);
    }

    /** A key that was prepared, see {@link #prepare}. */
    Optional<SecretKey> readPrepared() throws IOException {
        return read(preparedPath());
    }

    /** First half of an exchange: the key is on the disk, and not yet the one that counts. */
    void prepare(SecretKey key) throws IOException {
        Files.createDirectories(file.getParent());
        Path fresh = Files.createTempFile(file.getParent(), NAME, ".tmp", ownerOnly());
        try {
            byte[] text =
                    (Base64.getEncoder().encodeToString(key.getEncoded()) + "\n").getBytes(StandardCharsets.US_ASCII);
            // Not opened with O_SYNC: a container whose synchronisation is suppressed refuses that, but ignores this.
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(text));
                channel.force(true);
            }
            Files.move(fresh, preparedPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Second half: the prepared key counts. A key that was there, and is another, is kept beside. */
    void usePrepared() throws IOException {
        if (Files.exists(file)) {
            String id = "unreadable";
            try {
                id = read().map(Sealing::id).orElse(id);
            } catch (IOException e) {
                log.warn("{} held no key", file);
            }
            Files.move(file, file.resolveSibling(NAME + "." + id + ".old"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(preparedPath(), file, StandardCopyOption.ATOMIC_MOVE);
        log.info("The vault's key is in {}", file);
    }

    Path preparedPath() {
        return file.resolveSibling(NAME + ".new");
    }

    private static Optional<SecretKey> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        tighten(file);
        try {
            return Optional.of(Sealing.key(Base64.getDecoder()
                    .decode(Files.readString(file, StandardCharsets.US_ASCII).strip())));
        } catch (IllegalArgumentException e) {
            // Without the cause, which may quote the file.
            throw new IOException("it does not hold a key of 32 bytes in base64");
        }
    }

    private static void tighten(Path file) throws IOException {
        if (hasPosixPermissions(file)
                && !PosixFilePermissions.fromString("rw-------").containsAll(Files.getPosixFilePermissions(file))) {
            log.warn(
                    "{} could be read by others; now it is its owner's only. If others use this machine, change the keys.",
                    file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    private FileAttribute<?>[] ownerOnly() {
        return hasPosixPermissions(file)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean hasPosixPermissions(Path place) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
