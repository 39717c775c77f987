package dev.croft.backups;

import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.fleet.Host;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is needed when the box is gone, to be kept on paper.
 *
 * @param stateVersion NixOS release of the box's first install
 * @param recoveryKey of this console's vault; null: the one that was made before is still the right one
 * @param recoveryMadeAt when the vault's recovery key was made; null: there is none
 */
public record RecoveryKit(
        Host host,
        String stateVersion,
        Instant madeAt,
        String madeBy,
        @Nullable SecretText recoveryKey,
        @Nullable Instant recoveryMadeAt,
        List<Place> places) {

    public RecoveryKit {
        places = List.copyOf(places);
    }

    /**
     * A place of backups.
     *
     * @param inForce whether the box uses it already
     * @param secrets by name
     * @param inGit where those are that the box takes from its flake, by name
     * @param missing names of secrets whose values this console does not have
     */
    public record Place(
            String name,
            Target target,
            boolean inForce,
            SortedMap<String, SecretBytes> secrets,
            SortedMap<String, InGit> inGit,
            List<String> missing) {

        public Place {
            secrets = Collections.unmodifiableSortedMap(new TreeMap<>(secrets));
            inGit = Collections.unmodifiableSortedMap(new TreeMap<>(inGit));
            missing = List.copyOf(missing);
        }

        /** As restic wants it named; host-setup/helper/croft_hostd/restic.py names it so. */
        public String repository() {
            return switch (target) {
                case LocalTarget local -> local.path();
                case SftpTarget sftp -> "sftp:" + sftp.user() + "@" + sftp.host() + ":" + sftp.path();
                case S3Target s3 ->
                    "s3:" + s3.endpoint() + "/" + s3.bucket() + (s3.prefix() == null ? "" : "/" + s3.prefix());
            };
        }
    }
}
