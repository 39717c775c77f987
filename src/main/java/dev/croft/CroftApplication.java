package dev.croft;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.modulith.Modulithic;

/** The console: one process that serves the screens and the API and talks to the boxes. */
@SpringBootApplication
@Modulithic(systemName = "Croft", sharedModules = "kernel")
public class CroftApplication {

    public static void main(String[] args) {
        if (OfflineCommands.isOne(args)) {
            System.exit(OfflineCommands.run(args, System.out, System.err));
        }
        SpringApplication.run(CroftApplication.class, args);
    }
}
