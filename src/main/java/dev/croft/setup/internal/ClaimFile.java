package dev.croft.setup.internal;

import dev.croft.kernel.SecretText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * The claim on disk, where only the person who started the console can read it. Whoever shows it may become the first
 * administrator.
 */
@Component
class ClaimFile {

    private static final int RANDOM_BYTES = 24;

    private final Path file;

    ClaimFile(@Value("${croft.data}") Path data) {
        this.file = data.toAbsolutePath().resolve("claim");
    }

    /** Password hashes and the channel's key lie beside the claim: the directory is the owner's alone. */
    void closeDirectory() {
        try {
            Path directory = file.getParent();
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new UncheckedIOException("The data directory of " + file + " could not be closed to others", e);
        }
    }

    /** @param madeAt its age tells whether it is still good, also after a restart */
    record Claim(SecretText text, Instant madeAt) {}

    /** Reads the claim, or makes one; a restart before the setup keeps the link that was printed first. */
    Claim readOrCreate(Instant now) {
        try {
            if (Files.exists(file)) {
                String existing = Files.readString(file, StandardCharsets.UTF_8).strip();
                if (!existing.isEmpty()) {
                    return new Claim(
                            SecretText.of(existing),
                            Files.getLastModifiedTime(file).toInstant());
                }
            }
            return create(now);
        } catch (IOException e) {
            throw new UncheckedIOException("The claim could not be read from " + file, e);
        }
    }

    /** Another one in its place. */
    Claim create(Instant now) {
        try {
            byte[] random = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(random);
            String claim = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            // Never readable by others, not even for a moment: the file is born with its mode and then put in place.
            Path fresh = Files.createTempFile(
                    file.getParent(),
                    "claim",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, claim + "\n", StandardCharsets.UTF_8);
            Files.setLastModifiedTime(fresh, FileTime.from(now));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new Claim(SecretText.of(claim), now);
        } catch (IOException e) {
            throw new UncheckedIOException("The claim could not be written to " + file, e);
        }
    }

    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("The used claim could not be removed from " + file, e);
        }
    }
}
