package dev.croft.ui.demo;

import com.vaadin.flow.spring.annotation.EnableVaadin;
import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Grants;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemException;
import dev.croft.setup.Enrolment;
import dev.croft.ui.support.Bracketing;
import java.time.Clock;
import java.util.Arrays;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.http.MediaType;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The screens on a box that exists only in memory: to look at them, and for view tests. No configuration class on purpose: the real
 * console scans this package too when its tests run, and must not find any of this.
 *
 * <p>{@code --demo.claim=open --demo.apps=3} sets what is there at the start; a claimed console knows anna, password
 * "correct horse battery", and vera with the same password, who may only look.
 */
@EnableAutoConfiguration(
        excludeName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"
        })
@ComponentScan({
    "dev.croft.ui.shell",
    "dev.croft.ui.support",
    "dev.croft.ui.setup",
    "dev.croft.ui.home",
    "dev.croft.ui.wizard",
    "dev.croft.ui.apps",
    "dev.croft.ui.changes",
    "dev.croft.ui.host",
    "dev.croft.ui.services",
    "dev.croft.ui.activity",
    "dev.croft.ui.alerts",
    "dev.croft.ui.settings",
    "dev.croft.ui.problem"
})
@EnableVaadin("dev.croft.ui")
@EnableWebSecurity
@EnableMethodSecurity
public class DemoConsole {

    /** May look, and nothing else; has the same password. */
    private static final String VIEWER = "vera";

    public static void main(String[] args) {
        SpringApplication.run(DemoConsole.class, args);
    }

    @Bean
    DemoClock clock() {
        return new DemoClock();
    }

    @Bean
    DemoWorld world(Clock clock, org.springframework.core.env.Environment environment) {
        var world = new DemoWorld(clock, environment.getProperty("demo.pace", Long.class, 900L));
        if (!"open".equals(environment.getProperty("demo.claim"))) {
            world.claim("anna", "correct horse battery");
        }
        int apps = environment.getProperty("demo.apps", Integer.class, 3);
        world.furnish(apps);
        if (apps > 1) {
            world.upgrade();
        }
        return world;
    }

    @Bean
    DemoHosts hosts(DemoWorld world) {
        return new DemoHosts(world);
    }

    @Bean
    DemoSetup setup(DemoWorld world) {
        return new DemoSetup(world);
    }

    @Bean
    DemoDesired desired(DemoWorld world) {
        return new DemoDesired(world);
    }

    @Bean
    DemoApps apps(DemoWorld world) {
        return new DemoApps(world);
    }

    @Bean
    DemoLogs logs(DemoWorld world) {
        return new DemoLogs(world);
    }

    @Bean
    DemoPaths paths() {
        return new DemoPaths();
    }

    @Bean
    DemoOperations operations(DemoWorld world) {
        return new DemoOperations(world);
    }

    @Bean
    DemoMaintenance maintenance(DemoWorld world, DemoDesired desired) {
        return new DemoMaintenance(world, desired);
    }

    @Bean
    DemoContracts contracts(DemoWorld world, DemoDesired desired, Clock clock) {
        return new DemoContracts(world, desired, clock);
    }

    @Bean
    Enrolment enrolment() {
        return new DemoEnrolment();
    }

    @Bean
    DemoWizard wizard(Clock clock) {
        return new DemoWizard(clock);
    }

    @Bean
    DemoQuickStart quickStart(DemoApps apps) {
        return new DemoQuickStart(apps);
    }

    @Bean
    DemoDrifts drifts(DemoWorld world) {
        return new DemoDrifts(world);
    }

    @Bean
    DemoSecrets secrets(DemoWorld world, DemoAccounts accounts, Clock clock) {
        return new DemoSecrets(world, accounts, clock);
    }

    @Bean
    DemoVault vault(DemoAccounts accounts, Clock clock) {
        return new DemoVault(accounts, clock);
    }

    @Bean
    DemoCertificates certificates(Clock clock) {
        return new DemoCertificates(clock);
    }

    @Bean
    DemoProofs proofs(DemoOperations operations, Clock clock) {
        return new DemoProofs(operations, clock);
    }

    @Bean
    DemoServices services(DemoWorld world, DemoDesired desired, DemoOperations operations, DemoAccounts accounts) {
        return new DemoServices(world, desired, operations, accounts);
    }

    @Bean
    DemoTelemetry telemetry(Clock clock) {
        return new DemoTelemetry(clock);
    }

    @Bean
    DemoMail mail(DemoWorld world, DemoDesired desired) {
        return new DemoMail(world, desired);
    }

    @Bean
    DemoBackups backups(
            DemoWorld world, DemoDesired desired, DemoOperations operations, DemoHosts hosts, DemoAccounts accounts) {
        DemoBackups backups = new DemoBackups(world, desired, operations, hosts, accounts);
        backups.furnish();
        return backups;
    }

    @Bean
    DemoPasskeys passkeys(DemoAccounts accounts, Clock clock) {
        return new DemoPasskeys(accounts, clock);
    }

    @Bean
    DemoAccounts accounts() {
        return new DemoAccounts();
    }

    @Bean
    DemoAlerts alerts(Clock clock) {
        return new DemoAlerts(clock);
    }

    @Bean
    DemoPeople people(Clock clock) {
        return new DemoPeople(clock);
    }

    @Bean
    DemoAudit audit(Clock clock) {
        return new DemoAudit(clock);
    }

    @Bean
    DemoTokens tokens(Clock clock) {
        return new DemoTokens(clock);
    }

    @Bean
    static Bracketing bracketing() {
        return new Bracketing();
    }

    @Bean
    DemoPreferences preferences() {
        return new DemoPreferences();
    }

    @Bean
    DemoSignIn signIn(CurrentOperator operator, Clock clock) {
        return new DemoSignIn(operator, clock);
    }

    @Bean
    CurrentOperator currentOperator() {
        return () -> {
            var who = SecurityContextHolder.getContext().getAuthentication();
            Role role = Arrays.asList(Role.ADMIN, Role.OPERATOR, Role.VIEWER).stream()
                    .filter(each -> who.getAuthorities().stream()
                            .anyMatch(held -> held.getAuthority().equals("ROLE_" + each)))
                    .findFirst()
                    .orElse(Role.VIEWER);
            // For whom holds it for a part: an authority such as ON_attic/blog.
            Scope scope = who.getAuthorities().stream()
                    .map(held -> held.getAuthority())
                    .filter(held -> held.startsWith("ON_"))
                    .map(held -> Scope.parse(held.substring("ON_".length())))
                    .findFirst()
                    .orElse(Scope.EVERYWHERE);
            return new Operator(who.getName(), who.getName() + "@croft.invalid", Grants.of(role, scope));
        };
    }

    /** Turns on what seldom happens, to see how it looks. A bean and no controller class, for the reason above. */
    @Bean
    RouterFunction<ServerResponse> switches(DemoWorld world, DemoMaintenance maintenance, DemoDrifts drifts) {
        return RouterFunctions.route()
                .POST("/demo/reachable", request -> {
                    world.reachable(Boolean.parseBoolean(request.param("on").orElseThrow()));
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/restart", request -> {
                    world.restart(3);
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/draft", request -> {
                    world.furnishDrafts();
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/old-connections", request -> {
                    world.oldConnections(Integer.parseInt(request.param("count").orElseThrow()));
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/babble", request -> {
                    world.babble(
                            world.current().orElseThrow().id(),
                            Integer.parseInt(request.param("linesPerSecond").orElseThrow()));
                    return ServerResponse.noContent().build();
                })
                .POST("/api/v1/operations/{id}/confirm", request -> {
                    try {
                        world.confirm(new OperationId(request.pathVariable("id")));
                        return ServerResponse.ok().body("{}");
                    } catch (ProblemException refused) {
                        return ServerResponse.status(409)
                                .header("Connection", "close")
                                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                                .body(refused.problem());
                    }
                })
                .POST("/demo/drift", request -> {
                    drifts.drifted();
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/free", request -> {
                    maintenance.freeBytes(Long.parseLong(request.param("bytes").orElseThrow()));
                    return ServerResponse.noContent().build();
                })
                .POST("/demo/flood", request -> {
                    world.flood(Integer.parseInt(request.param("linesPerSecond").orElseThrow()));
                    return ServerResponse.noContent().build();
                })
                .build();
    }

    @Bean
    UserDetailsService users(DemoWorld world) {
        return name -> {
            if (name.equals(VIEWER)) {
                return User.withUsername(name)
                        .password("{noop}" + world.password())
                        .roles("VIEWER")
                        .build();
            }
            if (!name.equals(world.administrator())) {
                throw new UsernameNotFoundException(name);
            }
            return User.withUsername(name)
                    .password("{noop}" + world.password())
                    .roles("ADMIN", "OPERATOR", "VIEWER")
                    .build();
        };
    }

    @Bean
    SecurityFilterChain screens(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(
                        requests -> requests.requestMatchers("/styles.css", "/tokens.css", "/icons/**", "/demo/**")
                                .permitAll()
                                .requestMatchers("/api/**")
                                .authenticated())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/demo/**", "/api/**"))
                .with(
                        VaadinSecurityConfigurer.vaadin(),
                        vaadin -> vaadin.loginView("/login").anyRequest(any -> any.authenticated()))
                .build();
    }
}
