package dev.croft.maintenance.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Contracts.Contract;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** What boxes said of the host contract, kept in maintenance_contract. */
@Component
class ContractReports {

    private final HostLink link;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final JsonMapper json = JsonMapper.builder().build();

    ContractReports(HostLink link, JdbcClient jdbc, TransactionTemplate transaction, Clock clock) {
        this.link = link;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.clock = clock;
    }

    Contract ask(Host host) {
        ProbeResult answer = link.call(host.endpoint(), new Probe());
        // The database keeps microseconds; what is read again must equal this.
        var contract = new Contract(clock.instant().truncatedTo(ChronoUnit.MICROS), answer.checks(), answer.system());
        keep(host.name(), contract);
        return contract;
    }

    /** Asks when the last answer is as old as that, or there is none. */
    void read(Host host, Duration fresh) {
        boolean known = last(host.name())
                .filter(kept -> clock.instant().isBefore(kept.checkedAt().plus(fresh)))
                .isPresent();
        if (!known) {
            ask(host);
        }
    }

    Optional<Contract> last(HostName host) {
        return jdbc.sql("select report from maintenance_contract where host = ?")
                .param(host.value())
                .query(String.class)
                .optional()
                .map(text -> json.readValue(text, Contract.class));
    }

    private void keep(HostName host, Contract contract) {
        String text = json.writeValueAsString(contract);
        OffsetDateTime at = OffsetDateTime.ofInstant(contract.checkedAt(), ZoneOffset.UTC);
        transaction.executeWithoutResult(status -> {
            int updated = jdbc.sql("update maintenance_contract set report = ?, checked_at = ? where host = ?")
                    .params(text, at, host.value())
                    .update();
            if (updated == 0) {
                jdbc.sql("insert into maintenance_contract (host, report, checked_at) values (?, ?, ?)")
                        .params(host.value(), text, at)
                        .update();
            }
        });
    }
}
