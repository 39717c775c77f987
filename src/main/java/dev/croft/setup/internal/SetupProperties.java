package dev.croft.setup.internal;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Prefix {@code croft.host}: the box that is offered on the claim page. Without a name none is.
 *
 * @param name how the box is to be called
 * @param address host name or IP address
 * @param port TCP port of its SSH server
 * @param user SSH user of the channel
 * @param fingerprint SHA-256 fingerprint of its host key; empty: it is asked for and shown to the person
 */
@ConfigurationProperties("croft.host")
@Validated
record SetupProperties(
        @DefaultValue("") @Pattern(regexp = "([a-z][a-z0-9-]{0,30})?")
        String name,

        @DefaultValue("") String address,
        @DefaultValue("22") @Min(1) @Max(65535) int port,
        @DefaultValue("croft-host") String user,

        @DefaultValue("") @Pattern(regexp = "(SHA256:[A-Za-z0-9+/]{43})?")
        String fingerprint) {

    boolean offersHost() {
        return !name.isEmpty() && !address.isEmpty();
    }
}
