package dev.croft.fleet.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** fleet_host in SQL. */
@Component
class HostTable {

    private static final String COLUMNS = "name, address, port, ssh_user, fingerprint, enrolled_at";

    private final JdbcClient jdbc;

    HostTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    List<Host> all() {
        return jdbc.sql("select " + COLUMNS + " from fleet_host order by name")
                .query(HostTable::host)
                .list();
    }

    Optional<Host> find(HostName name) {
        return jdbc.sql("select " + COLUMNS + " from fleet_host where name = ?")
                .param(name.value())
                .query(HostTable::host)
                .optional();
    }

    void insert(Host host) {
        HostEndpoint endpoint = host.endpoint();
        jdbc.sql("insert into fleet_host (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?)")
                .params(
                        host.name().value(),
                        endpoint.address(),
                        endpoint.port(),
                        endpoint.user(),
                        endpoint.fingerprint(),
                        OffsetDateTime.ofInstant(host.enrolledAt(), ZoneOffset.UTC))
                .update();
    }

    boolean move(HostName name, HostEndpoint endpoint) {
        return jdbc.sql("update fleet_host set address = ?, port = ?, ssh_user = ?, fingerprint = ? where name = ?")
                        .params(
                                endpoint.address(),
                                endpoint.port(),
                                endpoint.user(),
                                endpoint.fingerprint(),
                                name.value())
                        .update()
                == 1;
    }

    private static Host host(ResultSet row, int number) throws SQLException {
        return new Host(
                new HostName(row.getString("name")),
                new HostEndpoint(
                        row.getString("address"),
                        row.getInt("port"),
                        row.getString("ssh_user"),
                        row.getString("fingerprint")),
                row.getObject("enrolled_at", OffsetDateTime.class).toInstant());
    }
}
