package dev.croft.ui.demo;

import com.vaadin.flow.spring.annotation.EnableVaadin;
import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
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
 * "correct horse battery".
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
    "dev.croft.ui.apps",
    "dev.croft.ui.host",
    "dev.croft.ui.activity",
    "dev.croft.ui.settings",
    "dev.croft.ui.problem"
})
@EnableVaadin("dev.croft.ui")
@EnableWebSecurity
@EnableMethodSecurity
public class DemoConsole {

    public static void main(String[] args) {
        SpringApplication.run(DemoConsole.class, args);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    DemoWorld world(Clock clock, org.springframework.core.env.Environment environment) {
        var world = new DemoWorld(clock, environment.getProperty("demo.pace", Long.class, 900L));
        if (!"open".equals(environment.getProperty("demo.claim"))) {
            world.claim("anna", "correct horse battery");
        }
        world.furnish(environment.getProperty("demo.apps", Integer.class, 3));
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
    DemoOperations operations(DemoWorld world) {
        return new DemoOperations(world);
    }

    @Bean
    DemoGenerations generations(DemoWorld world) {
        return new DemoGenerations(world);
    }

    @Bean
    DemoTokens tokens(Clock clock) {
        return new DemoTokens(clock);
    }

    @Bean
    CurrentOperator currentOperator() {
        return () -> {
            String name = SecurityContextHolder.getContext().getAuthentication().getName();
            return new Operator(name, name + "@croft.invalid", Role.ADMIN);
        };
    }

    /** Turns on what seldom happens, to see how it looks. A bean and no controller class, for the reason above. */
    @Bean
    RouterFunction<ServerResponse> switches(DemoWorld world) {
        return RouterFunctions.route()
                .POST("/demo/reachable", request -> {
                    world.reachable(Boolean.parseBoolean(request.param("on").orElseThrow()));
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
                                .permitAll())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/demo/**"))
                .with(
                        VaadinSecurityConfigurer.vaadin(),
                        vaadin -> vaadin.loginView("/login").anyRequest(any -> any.authenticated()))
                .build();
    }
}
