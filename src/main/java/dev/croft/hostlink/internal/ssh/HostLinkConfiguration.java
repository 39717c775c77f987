package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.HostLink;
import dev.croft.kernel.Outgoing;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the door to the boxes. */
@Configuration(proxyBeanMethods = false)
class HostLinkConfiguration {

    @Bean(destroyMethod = "close")
    HostLink hostLink(@Value("${croft.data}") Path data, Outgoing outgoing, Clock clock) {
        String version = HostLinkConfiguration.class.getPackage().getImplementationVersion();
        return new SshHostLink(
                data,
                "croft/" + (version == null ? "development" : version),
                SshSettings.defaults(),
                outgoing,
                clock,
                new SecureRandom());
    }
}
