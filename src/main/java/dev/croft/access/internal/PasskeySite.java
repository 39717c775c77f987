package dev.croft.access.internal;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The console as browsers know it when passkeys are made and shown.
 *
 * @param name WebAuthn's "relying party id": passkeys are bound to it by whoever keeps them
 * @param origin the only one whose pages may have asked
 */
record PasskeySite(String name, String origin) {

    private static final int NAME_MOST = 253;
    /** Browsers do not take addresses for names. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

    private static final String THIS_MACHINE = "localhost";

    /** Empty: browsers have no passkeys for pages of this address. */
    static Optional<PasskeySite> of(URI page) {
        String host = page.getHost();
        if (host == null || page.getScheme() == null) {
            return Optional.empty();
        }
        String name = host.toLowerCase(Locale.ROOT);
        boolean trusted = page.getScheme().equals("https") || name.equals(THIS_MACHINE);
        if (!trusted || name.length() > NAME_MOST || ADDRESS.matcher(name).matches()) {
            return Optional.empty();
        }
        boolean usual =
                page.getPort() < 0 || page.getPort() == (page.getScheme().equals("https") ? 443 : 80);
        return Optional.of(
                new PasskeySite(name, page.getScheme() + "://" + name + (usual ? "" : ":" + page.getPort())));
    }

    /** The address that the browser asked, also when that was a proxy that proved itself. */
    static Optional<PasskeySite> of(HttpServletRequest request) {
        try {
            return of(URI.create(request.getRequestURL().toString()));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }
}
