package dev.croft.hostlink.internal.ssh;

import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.jspecify.annotations.Nullable;

/**
 * Lets one connection through to one host key and no other, by exact comparison of its SHA-256 fingerprint.
 *
 * <p>A box has a key of each kind (Ed25519, ECDSA, RSA) and shows the one that the client likes best; a fingerprint does not tell its
 * kind. So a connection that was shown another key than the approved one is tried again without that kind: only when the box has
 * no kind left has its key changed.
 */
final class HostKeyPin implements ServerKeyVerifier {

    static final AttributeRepository.AttributeKey<HostKeyPin> ATTRIBUTE = new AttributeRepository.AttributeKey<>();

    /** In the order of preference, which is OpenSSH's. SHA-1 signatures (ssh-rsa) are left out. */
    private static final List<BuiltinSignatures> ALGORITHMS = List.of(
            BuiltinSignatures.ed25519,
            BuiltinSignatures.nistp256,
            BuiltinSignatures.nistp384,
            BuiltinSignatures.nistp521,
            BuiltinSignatures.rsaSHA512,
            BuiltinSignatures.rsaSHA256);

    private final @Nullable String approved;
    private final Set<String> ruledOut = new HashSet<>();
    private volatile @Nullable String shown;

    private HostKeyPin(@Nullable String approved) {
        this.approved = approved;
    }

    static HostKeyPin to(String fingerprint) {
        return new HostKeyPin(fingerprint);
    }

    /** Looks at the key and refuses it. */
    static HostKeyPin lookOnly() {
        return new HostKeyPin(null);
    }

    AttributeRepository asConnectionContext() {
        return AttributeRepository.ofKeyValuePair(ATTRIBUTE, this);
    }

    /** The host key algorithms that this connection offers; empty when every kind was ruled out. */
    List<NamedFactory<Signature>> algorithms() {
        List<NamedFactory<Signature>> offered = new ArrayList<>();
        for (BuiltinSignatures algorithm : ALGORITHMS) {
            if (!ruledOut.contains(keyType(algorithm))) {
                offered.add(algorithm);
            }
        }
        return offered;
    }

    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
        String fingerprint = fingerprint(key);
        boolean accepted = fingerprint.equals(approved);
        if (!accepted) {
            ruledOut.add(KeyUtils.getKeyType(key));
        }
        // Last, because who sees it set looks at what was ruled out.
        shown = fingerprint;
        return accepted;
    }

    /** Fingerprint of the key that the box showed last; null when it showed none. */
    @Nullable
    String shown() {
        return shown;
    }

    boolean refused() {
        return shown != null && !shown.equals(approved);
    }

    /** Makes ready for another try. */
    void reset() {
        shown = null;
    }

    static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    }

    private static String keyType(BuiltinSignatures algorithm) {
        return switch (algorithm) {
            case rsaSHA512, rsaSHA256 -> KeyPairProvider.SSH_RSA;
            default -> algorithm.getName();
        };
    }
}
