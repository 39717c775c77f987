package dev.croft.hostlink;

/**
 * Where a box answers and which key it must show.
 *
 * @param address host name or IP address
 * @param port TCP port of its SSH server, 1 to 65535
 * @param user SSH user, {@code croft-host} unless the owner chose another
 * @param fingerprint SHA-256 fingerprint of the host key that the operator approved, as {@code SHA256:…} (OpenSSH's form)
 */
public record HostEndpoint(String address, int port, String user, String fingerprint) {}
